import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("accounts", "0005_hub_settings")]

    operations = [
        migrations.RenameModel("DeviceLogin", "ProgramLogin"),
        migrations.RenameField("ProgramLogin", "device_digest", "code_digest"),
        migrations.CreateModel(
            name="OAuthApp",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("client_id", models.CharField(max_length=36, unique=True)),
                ("secret_digest", models.CharField(blank=True, max_length=64)),
                ("name", models.CharField(max_length=100)),
                ("redirect_uris", models.TextField()),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("used_at", models.DateTimeField(null=True)),
                ("owner", models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name="oauth_apps", to=settings.AUTH_USER_MODEL)),
            ],
            options={"ordering": ["-id"]},
        ),
        migrations.AddField("ProgramLogin", "app", models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name="logins", to="accounts.oauthapp")),
        migrations.AddField("ProgramLogin", "redirect_uri", models.TextField(blank=True, default=""), preserve_default=False),
        migrations.AddField("ProgramLogin", "code_challenge", models.CharField(blank=True, max_length=43, default=""), preserve_default=False),
        migrations.AddField("ProgramLogin", "nonce", models.CharField(blank=True, max_length=255, default=""), preserve_default=False),
        migrations.AddField("ProgramLogin", "signed_in_at", models.DateTimeField(null=True)),
        migrations.AlterField("ProgramLogin", "interval_s", models.PositiveSmallIntegerField(default=0)),
    ]
