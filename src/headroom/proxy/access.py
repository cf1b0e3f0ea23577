"""Who may ask what, in one place: whose a call is, and which of our own endpoints it opens.

Where a caller stands opens statistics, never content: originals are given by tenant alone.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Awaitable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal

from headroom.errors import BadRequest, StoreError, Unauthorised, Unavailable
from headroom.proxy.admission import is_local, is_page_elsewhere
from headroom.proxy.call import Call, Headers
from headroom.proxy.caller import Allowance, Caller, Standing
from headroom.proxy.credentials import Credential, brought, password_in, without
from headroom.proxy.destination import named_base
from headroom.proxy.tenant import tenant_of, tenant_of_key, tenant_of_token
from headroom.proxy.tokens import Tokens
from headroom.proxy.troubles import Troubles
from headroom.proxy.virtual import KEY_PREFIX, exchanged
from headroom.state.keys import Kept, Keys, VirtualKey

logger = logging.getLogger(__name__)

TOKEN_HEADER = b"x-headroom-api-key"

Level = Literal["open", "caller", "operator"]
"""Who may ask: anybody; callers on this machine or with a token; the operator."""

CHALLENGE: Headers = [(b"www-authenticate", b'Bearer realm="headroom"')]
PASSWORD: Headers = [(b"www-authenticate", b'Basic realm="headroom", charset="UTF-8"')]
"""Makes a browser ask its user; it cannot send a header of ours when it opens a page."""

BY_SCRIPT = b"empty"
"""What a browser says of what a script asks for: nobody is to be asked for a password then."""

TO_CALLERS = (
    "this endpoint of Headroom needs a token: send it as x-headroom-api-key; whoever runs the "
    "proxy has set it in HEADROOM_API_KEY, or finds it in the file `token` of the workspace"
)
MOST_CREDENTIALS = 8
"""Each is looked for among limits and budgets."""

WHERE = "HEADROOM_API_KEY is the token, or without it what the workspace keeps in the file `token`"
TO_SPENDERS = (
    "this Headroom asks models with credentials of its operator: send a token or key of it, in "
    "place of the provider's key or as x-headroom-api-key; whoever runs the proxy has set one "
    "in HEADROOM_API_KEY, or finds it in the file `token` of the workspace"
)
TO_OPERATORS = (
    "this endpoint of Headroom is for its operator: ask from the machine where it runs, or send "
    "HEADROOM_ADMIN_KEY as x-headroom-api-key"
)
KEYS_OFF = (
    "this proxy takes no Headroom keys (hk-…): bring the provider's own key, or let whoever runs "
    "it start it with --virtual-keys"
)
KEY_UNKNOWN = "this Headroom key is unknown or has been revoked"
KEYS_UNREADABLE = "Headroom keys cannot be looked up just now; ask again"


@dataclass(frozen=True, slots=True)
class Access:
    """What tells callers apart."""

    secret: bytes = field(repr=False)
    tokens: Tokens
    keys: Keys
    virtual_keys: bool = False
    """Whether virtual keys are taken."""
    base_urls: Collection[str] = ()
    """Where callers may have their requests sent to."""
    lends: bool = False
    """Whether calls are made with the operator's credentials, whatever their callers bring."""
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Where the credentials stand that virtual keys stand for."""
    troubles: Troubles = field(default_factory=Troubles)


@dataclass(frozen=True, slots=True)
class _Head:
    """What a head brings, sorted."""

    all: tuple[Credential, ...]
    credentials: tuple[Credential, ...]
    """All that is not a token of ours."""
    tokens: tuple[bytes, ...]
    """What is a token of ours, or stands where only one may."""
    standing: Standing

    def virtual(self) -> set[bytes]:
        """The virtual keys where a provider's credential may stand."""
        return {one.bare for one in self.credentials if one.bare.startswith(KEY_PREFIX)}


async def enter(access: Access, call: Call, level: Level | None, *, browsed: bool = False) -> Call:
    """The call as it may go on: its caller known, and nothing of ours left for a provider.

    *level* is that of a page of ours, None where the call goes to a provider.  *browsed* pages
    make browsers ask for a password.  Raises Unauthorised, Forbidden, Unavailable.
    """
    if level is not None:
        try:
            call = await _known(access, _typed(access, call), ours=True)
            _check(access, call, level)
        except Unauthorised as error:
            asks = browsed and call.header(b"sec-fetch-dest") != BY_SCRIPT
            raise Unauthorised(str(error), headers=PASSWORD if asks else CHALLENGE) from error
        return call
    if base := named_base(call, access.base_urls):
        call = dataclasses.replace(call, base_url=base)
    return await _known(access, call, ours=False)


def _typed(access: Access, call: Call) -> Call:
    """The call with a token in its own header that a browser's user has typed in.

    A browser brings it along whoever makes it ask, so it counts for no page but our own.
    """
    typed = password_in(call)
    is_ours = typed.startswith(KEY_PREFIX) or bool(access.tokens.standing([typed]))
    if not typed or not is_ours or is_page_elsewhere(call.headers):
        return call
    headers = [one for one in call.headers if one[0] != b"authorization"]
    return dataclasses.replace(call, headers=[*headers, (TOKEN_HEADER, typed)])


async def _known(access: Access, call: Call, *, ours: bool) -> Call:
    """The call with who makes it, and less what is not for a provider."""
    head = _sorted(access, call)
    if access.lends:
        head = _less_unread(access, head)
    virtual = head.virtual()
    # Beside a provider's credential it only opens our own pages; alone it stands for one.
    beside = set() if virtual else _virtual_tokens(access, head)
    if virtual or (beside and not head.credentials):
        kept = await _found(access, virtual or beside)
        caller = _caller_by_key(access, kept, head.standing)
        if access.lends:
            call = without(call, head.all)
        elif not ours:
            call = _exchanged(access, call, kept, head)
        return dataclasses.replace(call, caller=caller)
    standing = head.standing
    if beside and ours and not standing:
        await _found(access, beside)
        standing = "caller"
    if len(head.credentials) < len(head.all):
        call = without(call, set(head.all).difference(head.credentials))
    return dataclasses.replace(call, caller=_caller(access, head, standing))


async def still(access: Access, caller: Caller) -> Caller:
    """The caller as it stands now, while its connection goes on: a virtual key may have ended.

    Raises Unauthorised, Unavailable.
    """
    if not caller.key_id:
        return caller
    kept = await _held(access, access.keys.of(caller.key_digest))
    return dataclasses.replace(caller, allowance=_allowance(kept.key))


def check_spender(access: Access, call: Call) -> None:
    """Raises Unauthorised for a caller who may not spend what the operator lends."""
    if access.lends:
        _check(access, call, "caller", TO_SPENDERS)


def _exchanged(access: Access, call: Call, kept: Kept, head: _Head) -> Call:
    try:
        return exchanged(call, kept.key, head.all, access.environ)
    except Unavailable:
        trouble = f"the virtual key {kept.id} cannot be used"
        access.troubles.warn(logger, trouble, f"{kept.key.variable} holds no credential")
        raise


def operates(access: Access, call: Call) -> bool:
    """Whether this caller is the operator: by its token, or by where it stands."""
    standing = call.caller.standing
    if standing == "operator":
        return True
    return stands_here(call) and not (access.tokens.wanted_everywhere and not standing)


def _check(access: Access, call: Call, level: Level, told: str = TO_CALLERS) -> None:
    standing = call.caller.standing
    if level == "open" or operates(access, call):
        return
    by_place = stands_here(call)
    if level == "caller":
        if standing or call.caller.key_id or (by_place and not access.tokens.wanted_everywhere):
            return
        access.troubles.warn(logger, "a caller without a token was refused", WHERE)
        raise Unauthorised(told, headers=CHALLENGE)
    raise Unauthorised(TO_OPERATORS, headers=CHALLENGE)


def stands_here(call: Call) -> bool:
    """Whether the caller is on this machine, and no web page but our own."""
    return is_local(call.scope, call.headers) and not is_page_elsewhere(call.headers)


def is_trusted(call: Call) -> bool:
    """Whether this caller may see what is wrong inside: it stands here, or brings a token."""
    return bool(call.caller.standing) or stands_here(call)


def _sorted(access: Access, call: Call) -> _Head:
    found = brought(call)
    shown = tuple(
        value.strip() for name, value in call.headers if name == TOKEN_HEADER and value.strip()
    )
    ours = [one for one in found if access.tokens.standing([one.bare])]
    others = tuple(one for one in found if one not in ours) if ours else found
    tokens = (*shown, *(one.bare for one in ours))
    return _Head(found, others, tokens, access.tokens.standing(tokens))


def _less_unread(access: Access, head: _Head) -> _Head:
    """What counts where no provider reads what callers bring: else each could be anybody."""
    keys = tuple(one for one in head.credentials if one.bare.startswith(KEY_PREFIX))
    tokens = tuple(
        one for one in head.tokens if one.startswith(KEY_PREFIX) or access.tokens.standing([one])
    )
    return dataclasses.replace(head, credentials=keys, tokens=tokens)


def _virtual_tokens(access: Access, head: _Head) -> set[bytes]:
    return {
        one
        for one in head.tokens
        if one.startswith(KEY_PREFIX) and not access.tokens.standing([one])
    }


def _caller(access: Access, head: _Head, standing: Standing) -> Caller:
    if head.credentials:
        tenant = tenant_of(head.credentials, access.secret)
        distinct = dict.fromkeys(head.credentials)
        if len(distinct) > MOST_CREDENTIALS:
            raise BadRequest(f"the request brings {len(distinct)} credentials; one is enough")
        several = distinct if len(distinct) > 1 else ()
        each = tuple(tenant_of([one], access.secret) for one in several)
        return Caller(tenant, standing=standing, credited=True, each=each)
    if not head.tokens:
        return Caller()
    valid = (one for one in head.tokens if access.tokens.standing([one]))
    token = next(valid, head.tokens[0])
    return Caller(tenant_of_token(token, access.secret), standing=standing)


def _caller_by_key(access: Access, kept: Kept, standing: Standing) -> Caller:
    tenant = tenant_of_key(kept.digest, access.secret)
    allowance = _allowance(kept.key)
    return Caller(tenant, kept.id, allowance, standing, credited=True, key_digest=kept.digest)


def _allowance(key: VirtualKey) -> Allowance:
    return Allowance(key.rpm, key.tpm, key.budget, key.period)


async def _found(access: Access, presented: set[bytes]) -> Kept:
    """The one virtual key that was presented, if it holds."""
    if not access.virtual_keys:
        raise Unauthorised(KEYS_OFF, headers=CHALLENGE)
    if len(presented) > 1:
        raise Unauthorised("the request brings two Headroom keys", headers=CHALLENGE)
    return await _held(access, access.keys.find(presented.pop().decode("latin-1")))


async def _held(access: Access, asking: Awaitable[Kept | None]) -> Kept:
    """The key, if it holds.  Raises Unauthorised, Unavailable."""
    try:
        kept = await asking
    except StoreError as error:
        access.troubles.warn(logger, "a virtual key cannot be looked up", error)
        raise Unavailable(KEYS_UNREADABLE, retry_after_s=2.0) from error
    if kept is None or kept.revoked is not None:
        raise Unauthorised(KEY_UNKNOWN, headers=CHALLENGE)
    return kept
