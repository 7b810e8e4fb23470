"""What the program has found so far: the other half of the wizard's state, also frozen.

Each lookup returns a changed copy. ``None`` and empty mean 'not looked up yet'.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scim_assistant.check import Check
    from scim_assistant.errors import KnownError
    from scim_assistant.graph.types import (
        ApplicationTemplate,
        OnDemandResult,
        ServicePrincipal,
        SynchronizationSchema,
    )
    from scim_assistant.plan.apply import Applied
    from scim_assistant.plan.change import Plan
    from scim_assistant.plan.journal import Unfinished
    from scim_assistant.plan.resume import Resumption
    from scim_assistant.scim.connection import HereTest
    from scim_assistant.scim.deep.found import DeepOutcome
    from scim_assistant.scim.profiles import AppProfile, BrokenProfile
    from scim_assistant.scim.verdict import Verdict
    from scim_assistant.signin.offer import SignInOffer
    from scim_assistant.steps.preview import ScopePreview
    from scim_assistant.steps.token_days import TokenDay
    from scim_assistant.steps.token_life import TokenLife
    from scim_assistant.tenant.session import Session
    from scim_assistant.tenant.snapshot import AppSnapshot


@dataclass(frozen=True, slots=True)
class ScenarioChoice:
    """A practice scenario, as far as the person chooses by it."""

    name: str
    title: str
    description: str


@dataclass(frozen=True, slots=True)
class Found:
    """Everything looked up.

    Attributes:
        profiles: App profiles to choose from.
        broken_profiles: Files of the person's own profiles that are not used, with their mistakes.
        scenarios: Practice scenarios to choose from; empty in a real session.
        unfinished: Set-ups of this computer that were left half done.
        offer: With what one can sign in to a real tenant, and who has before; None in a practice session.
        session: Who is signed in where.
        resumption: Where the set-up stands that the person goes on with, seen from its journal and from the tenant.
        readiness: Scopes, role, licence, vendor prerequisites.
        checked_for: What the checks were made for: profile, set-up to go on with, looking only.
        templates: Gallery matches for the profile's app.
        instances: Apps of the chosen template that exist in the tenant.
        searched: For what the gallery was searched, then the id of the template whose apps were looked for.
        setup_id: Journal of this set-up, once something was written.
        app: The app as last read.
        default_schema: The mappings that the app's template starts with, to compare with.
        connection: Connection test from this computer, layer by layer.
        here: The whole of it, with what was said; None until it has ended, or where only Microsoft's cloud has the token.
        cloud: Connection test from Microsoft's cloud.
        verdict: What the test means.
        deep: What the deep check found, once it was asked for.
        preview: Who would be provisioned and who would be missed.
        plan: What would be written.
        applied: What was written.
        proof: Steps of provisioning one person, as checks.
        proof_result: The service's answer behind them.
        started: The job runs by itself now.
        token: How long the stored token works, as far as it is known on this computer.
        token_days: Since when which app's token is in use, of all apps that were set up from this computer.
        trouble: Why the last lookup failed, if it did.
    """

    profiles: tuple[AppProfile, ...] = ()
    broken_profiles: tuple[BrokenProfile, ...] = ()
    scenarios: tuple[ScenarioChoice, ...] = ()
    unfinished: tuple[Unfinished, ...] = ()
    offer: SignInOffer | None = None
    session: Session | None = None
    resumption: Resumption | None = None
    readiness: tuple[Check, ...] = ()
    checked_for: Hashable = ()
    templates: tuple[ApplicationTemplate, ...] = ()
    instances: tuple[ServicePrincipal, ...] = ()
    searched: tuple[str, ...] = ()
    setup_id: str = ""
    app: AppSnapshot | None = None
    default_schema: SynchronizationSchema | None = field(default=None, repr=False)
    connection: tuple[Check, ...] = ()
    here: HereTest | None = field(default=None, repr=False)
    cloud: tuple[Check, ...] = ()
    verdict: Verdict | None = None
    deep: DeepOutcome | None = None
    preview: ScopePreview | None = None
    plan: Plan | None = None
    applied: Applied | None = None
    proof: tuple[Check, ...] = ()
    proof_result: OnDemandResult | None = field(default=None, repr=False)
    started: bool = False
    token: TokenLife | None = None
    token_days: tuple[TokenDay, ...] = ()
    trouble: KnownError | None = None
