from django.urls import path

from convertr.ui import views

app_name = "ui"
urlpatterns = [
    path("ui/bell", views.bell, name="bell"),
    path("ui/bell/count", views.bell_count, name="bell_count"),
    path("account/", views.account, name="account"),
    # In front of allauth's own view of this address.
    path("accounts/email/", views.email, name="email"),
]
