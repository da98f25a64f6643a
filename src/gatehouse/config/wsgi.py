"""The WSGI entry: the lean doors answer first, Django everything else."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gatehouse.config.settings")

application = get_wsgi_application()
