"""Tags for values outside tables, shown as the lists show them."""

from django import template

from convertr.ui.lists import columns

register = template.Library()
register.simple_tag(columns.money, name="money")
