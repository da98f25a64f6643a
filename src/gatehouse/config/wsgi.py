"""The WSGI entry: the lean doors answer first, Django everything else."""

import os
import signal

from django.core.wsgi import get_wsgi_application

# A web process inherits its parent's handler, which would swallow an order to stop that comes while this loads.
signal.signal(signal.SIGTERM, signal.SIG_DFL)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gatehouse.config.settings")

application = get_wsgi_application()
