"""The disposable VPS: images, machines and the command line for them."""
