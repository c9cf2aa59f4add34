"""What goes wrong in a round: each fault is actions at moments of it, done by the main thread."""


def worker_killed(product, dice, moment):
    """kill -9 of one worker of jobs, its children included; its supervisor starts it again."""
    victim = dice.choice(product.of_kind("worker"))
    return [(moment, victim.kill)]


FAULTS = {"worker killed": worker_killed}
