"""Every address of the product."""

from django.contrib import admin
from django.urls import include, path

from conversions.postback_views import postback
from convertr.api import v1, v4
from convertr.home import home

urlpatterns = [
    path("", home, name="home"),
    path("postback", postback, name="postback"),
    path("v1/", v1.urls),
    path("api/", v4.urls),
    path("", include("convertr.ui.urls")),
    path("", include("convertr.accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("v2/", include("conversions.urls")),
    path("v2/", include("requests_workflow.urls")),
    path("v2/", include("leads.urls")),
    path("v2/system/", include("batches.urls")),
    path("v2/", include("convertr.network.urls")),
    path("v2/", include("convertr.audit.urls")),
    path("v2/", include("convertr.jobs.urls")),
    path("v2/", include("convertr.http_api.urls")),
]
