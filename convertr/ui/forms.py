"""How Django writes a form here: templates/ui/form.html and field.html (components/field.css)."""

from django.forms.renderers import TemplatesSetting


class Renderer(TemplatesSetting):
    """`{{ form }}` and `{{ field.as_field_group }}` in our markup; widgets are Django's."""

    form_template_name = "ui/form.html"
    field_template_name = "ui/field.html"
