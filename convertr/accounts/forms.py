"""Forms around people's accounts."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from convertr.accounts import invitations
from convertr.accounts.models import ApiKey, Invitation, Scope, User
from convertr.errors import DomainError


class InvitationForm(forms.ModelForm[Invitation]):
    class Meta:
        model = Invitation
        fields = ("email", "full_name", "role", "partner")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors:
            try:
                invitations.check(email=data["email"], role=data["role"], partner=data["partner"])
            except DomainError as error:
                raise forms.ValidationError(str(error), code=error.code) from error
        return data


class KeyForm(forms.ModelForm[ApiKey]):
    scopes = forms.MultipleChoiceField(
        label=_("scopes"),
        choices=Scope.choices,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("None chosen: all that you may."),
    )

    class Meta:
        model = ApiKey
        fields = ("name", "scopes")


class AcceptForm(forms.Form):
    """What an invited person tells: a name and a password, checked like every password."""

    full_name = forms.CharField(
        label=_("Full name"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        help_text=_("You sign with it what can't be taken back."),
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, invitation: Invitation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.invitation = invitation
        self.fields["full_name"].initial = invitation.full_name

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "password" in data:
            future = User(email=self.invitation.email, full_name=data.get("full_name", ""))
            try:
                validate_password(data["password"], future)
            except forms.ValidationError as error:
                self.add_error("password", error)
        return data


class OwnKeyForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), max_length=100, help_text=_("What uses it, such as the reporting job.")
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        choices=Scope.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: all that you may."),
    )
