"""A mail server on a loopback port: prints the port, then each letter as a line of JSON."""

import asyncio
import email
import email.policy
import json
import sys
import warnings

from aiosmtpd.smtp import SMTP, AuthResult


def part(message, kind):
    body = message.get_body(preferencelist=(kind,))
    return body.get_content() if body else None


class Mailbox:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody@"):
            return "550 5.1.1 No such mailbox here"
        if address.startswith("later@"):
            return "451 4.7.1 Try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        letter = {
            "envelope": [envelope.mail_from, envelope.rcpt_tos],
            "headers": [[name, str(value)] for name, value in message.items()],
            "text": part(message, "plain"),
            "html": part(message, "html"),
        }
        print(json.dumps(letter), flush=True)
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    right = (data.login, data.password) == (b"me@simyard", b"se:cret")
    # Not handled: the server answers itself.
    return AuthResult(success=right, handled=False)


async def serve(port, signed_in):
    def session():
        return SMTP(
            Mailbox(),
            hostname="localhost",
            authenticator=authenticate,
            auth_required=signed_in,
            auth_require_tls=False,
        )

    server = await asyncio.get_running_loop().create_server(session, "127.0.0.1", port)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


# That passwords cross the loopback unencrypted.
warnings.simplefilter("ignore")
asyncio.run(serve(int(sys.argv[1]), "signed-in" in sys.argv))
