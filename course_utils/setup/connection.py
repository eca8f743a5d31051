"""The way from a kernel to the browser, without a wait of 40 ms."""

from jupyter_server.services.kernels.connection.channels import (
    ZMQChannelsWebsocketConnection,
)


class PromptConnection(ZMQChannelsWebsocketConnection):
    """Jupyter's own connection, with Nagle's algorithm switched off.

    A kernel announces that it is busy and answers at once: two short messages.
    With that algorithm the second waits until the browser has confirmed the first,
    and browsers put that off for 40 ms. A slider feels it.
    """

    def connect(self):
        """Connect the kernel and the browser; see the base class."""
        self.websocket_handler.set_nodelay(True)
        return super().connect()
