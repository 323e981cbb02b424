"""A mail server on a loopback port: prints the port, then each letter as a line of JSON."""

import argparse
import asyncio
import email
import email.policy
import json
import ssl
import warnings

from aiosmtpd.smtp import SMTP, AuthResult


def tell(what):
    print(json.dumps(what), flush=True)


def part(message, kind):
    body = message.get_body(preferencelist=(kind,))
    return body.get_content() if body else None


class Mailbox:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody@"):
            return f"550 5.1.1 <{address}>: No such mailbox here"
        if address.startswith("later@"):
            return f"451 4.7.1 <{address}>: Try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        letter = {
            "envelope": [envelope.mail_from, envelope.rcpt_tos],
            "encrypted": server.transport.get_extra_info("cipher") is not None,
            "headers": [[name, str(value)] for name, value in message.items()],
            "text": part(message, "plain"),
            "html": part(message, "html"),
        }
        tell(letter)
        return "250 OK"


class Telltale(SMTP):
    """Tells of each command that follows a greeting, before anything is done about it."""

    async def smtp_AUTH(self, arg):
        tell({"command": "AUTH"})
        await super().smtp_AUTH(arg)

    async def smtp_MAIL(self, arg):
        tell({"command": "MAIL"})
        await super().smtp_MAIL(arg)


def authenticate(server, session, envelope, mechanism, data):
    right = (data.login, data.password) == (b"me@simyard", b"se:cret")
    # Not handled: the server answers itself.
    return AuthResult(success=right, handled=False)


async def serve(options):
    context = None
    if options.certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.certificate)

    def session():
        return (Telltale if options.telltale else SMTP)(
            Mailbox(),
            hostname="localhost",
            authenticator=authenticate,
            auth_required=options.signed_in,
            auth_require_tls=False,
            tls_context=None if options.implicit else context,
            require_starttls=context is not None and not options.implicit,
        )

    server = await asyncio.get_running_loop().create_server(
        session, "127.0.0.1", options.port, ssl=context if options.implicit else None
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


parser = argparse.ArgumentParser()
parser.add_argument("port", type=int)
parser.add_argument("--signed-in", action="store_true", help="letters are taken after a sign-in only")
parser.add_argument("--certificate", help="a file with a key and a certificate, for STARTTLS")
parser.add_argument("--implicit", action="store_true", help="TLS from the first byte on instead")
parser.add_argument("--telltale", action="store_true", help="tell of commands, not of letters alone")
# That passwords cross the loopback unencrypted.
warnings.simplefilter("ignore")
asyncio.run(serve(parser.parse_args()))
