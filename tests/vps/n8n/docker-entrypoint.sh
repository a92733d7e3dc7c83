#!/bin/sh
# As the official one: arguments are a command of n8n's, without any it starts.
if [ -d /opt/custom-certificates ]; then
    echo "Trusting custom certificates from /opt/custom-certificates."
fi
exec n8n "$@"
