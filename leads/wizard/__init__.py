"""Flag/Manage: Leads → Type → Processing, kept as a draft job from the first step on (leads.md)."""
