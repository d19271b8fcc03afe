"""A book on the device: read and edited without a network, in step with the service when there is one."""
