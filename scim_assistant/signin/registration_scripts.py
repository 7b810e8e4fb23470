"""The two scripts that create an app registration: for Microsoft Graph PowerShell, and for Azure CLI. Pure text.

Both look the permissions up by name in the tenant, create nothing when a registration with the name exists, and print
client ID and tenant ID. Neither consents to anything.

Sources: reference of Microsoft Graph PowerShell (Microsoft.Graph.Applications) and of Azure CLI (``az ad app``), read
2026-11.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping

from scim_assistant.signin.clouds import Cloud

GRAPH_APP_ID = "00000003-0000-0000-c000-000000000000"
"""Microsoft Graph, in every cloud."""
_POWERSHELL_CLOUDS = {"global": "Global", "usgov": "USGov", "usgov-dod": "USGovDoD", "china": "China"}
_AZURE_CLOUDS = {"global": "AzureCloud", "usgov": "AzureUSGovernment", "china": "AzureChinaCloud"}
"""Azure CLI has none for L5: it would speak to the Graph of L4."""
_LONGEST_NAME = 120

# One block without empty lines, so that it can be pasted into a console too. The cmdlets of Graph are functions of a
# module and do not see the preference of who calls them, so each is told by itself to stop at an error.
_POWERSHELL = r"""# Creates the app registration that SCIM Assistant signs in with. Needs once:
#   Install-Module Microsoft.Graph.Applications -Scope CurrentUser
& {
    $ErrorActionPreference = 'Stop'
    $name = <<name>>
    $redirects = @(
        <<redirects>>
    )
    $wanted = @(
        <<wanted>>
    )
    # What was just made may take some seconds to be found.
    function Repeat-Step([scriptblock] $Step) {
        for ($turn = 1; $true; $turn++) {
            try { return (& $Step) } catch { if ($turn -ge 6) { throw } }
            Start-Sleep -Seconds 5
        }
    }
    Import-Module Microsoft.Graph.Applications
    Connect-MgGraph -Environment <<cloud>> -Scopes 'Application.ReadWrite.All' -ErrorAction Stop | Out-Null
    $existing = @(Get-MgApplication -Filter <<filter>> -ErrorAction Stop)
    if ($existing.Count -gt 0) {
        Write-Warning "A registration with this name exists, and nothing was created: $($existing[0].AppId)"
        return
    }
    $graph = Get-MgServicePrincipal -Filter "appId eq '<<graph>>'" -ErrorAction Stop
    $access = @(foreach ($value in $wanted) {
        $scope = $graph.Oauth2PermissionScopes | Where-Object { $_.Value -eq $value } | Select-Object -First 1
        if ($null -eq $scope) {
            Write-Warning "This cloud does not know the permission $value."
        } else {
            @{ Id = $scope.Id; Type = 'Scope' }
        }
    })
    if ($access.Count -eq 0) {
        throw 'None of the permissions was found, and nothing was created.'
    }
    $settings = @{
        DisplayName = $name
        SignInAudience = 'AzureADMyOrg'
        IsFallbackPublicClient = $true
        PublicClient = @{ RedirectUris = $redirects }
        RequiredResourceAccess = @(@{ ResourceAppId = '<<graph>>'; ResourceAccess = $access })
    }
    $app = New-MgApplication @settings -ErrorAction Stop
    # The address for Windows holds the client ID, which is known only now.
    $client = @{ RedirectUris = $redirects + "ms-appx-web://Microsoft.AAD.BrokerPlugin/$($app.AppId)" }
    Repeat-Step { Update-MgApplication -ApplicationId $app.Id -PublicClient $client -ErrorAction Stop } | Out-Null
    Repeat-Step { New-MgServicePrincipal -AppId $app.AppId -ErrorAction Stop } | Out-Null
    Write-Output "Client ID: $($app.AppId)"
    Write-Output "Tenant ID: $((Get-MgContext).TenantId)"
}
"""

# One subshell, so that its end does not close a terminal, and without comments, which zsh takes for commands when
# they are pasted. What az says passes through 'ask', since a failure in front of a pipe would go unseen.
_AZURE_CLI = r"""(
set -eu
name=<<name>>
graph=<<graph>>

ask() {
    answer=$(az "$@" --output tsv) && printf '%s\n' "$answer" | tr -d '\r'
}
again() {
    turn=1
    until "$@"; do
        [ "$turn" -lt 6 ] || return 1
        turn=$((turn + 1))
        sleep 5
    done
}

before=$(ask cloud show --query name)
if [ "$before" != <<cloud>> ]; then
    trap 'az cloud set --name "$before"' EXIT
    az cloud set --name <<cloud>>
fi
az account show --output none 2>/dev/null || az login --allow-no-subscriptions --output none

existing=$(ask ad app list --filter <<filter>> --query '[].appId')
if [ -n "$existing" ]; then
    echo "A registration with this name exists, and nothing was created: $existing" >&2
    exit 1
fi

known=$(ask ad sp show --id "$graph" --query 'oauth2PermissionScopes[].[value, id]')
access=
for wanted in \
    <<wanted>>
do
    id=$(printf '%s\n' "$known" | awk -v wanted="$wanted" '$1 == wanted { print $2 }')
    if [ -z "$id" ]; then
        echo "This cloud does not know the permission $wanted." >&2
        continue
    fi
    access="$access${access:+, }{\"id\": \"$id\", \"type\": \"Scope\"}"
done
if [ -z "$access" ]; then
    echo 'None of the permissions was found, and nothing was created.' >&2
    exit 1
fi

set -- \
    <<redirects>>
client=$(ask ad app create --display-name "$name" --sign-in-audience AzureADMyOrg \
    --is-fallback-public-client true --public-client-redirect-uris "$@" \
    --required-resource-accesses "[{\"resourceAppId\": \"$graph\", \"resourceAccess\": [$access]}]" \
    --query appId)

echo 'Created. Adding the address for Windows, which holds the client ID.'
again az ad app update --id "$client" \
    --public-client-redirect-uris "$@" "ms-appx-web://Microsoft.AAD.BrokerPlugin/$client" --output none
again az ad sp create --id "$client" --output none

tenant=$(ask account show --query tenantId)
echo "Client ID: $client"
echo "Tenant ID: $tenant"
)
"""


def powershell_script(name: str, cloud: Cloud, redirects: Iterable[str], permissions: Iterable[str]) -> str:
    """The script for Microsoft Graph PowerShell, also in Windows PowerShell 5.1.

    Args:
        name: What the registration is called; made one line.
        cloud: Where.
        redirects: Addresses that do not hold the client ID; the one that does is added by the script.
        permissions: Delegated permissions by name.
    """
    name = _one_line(name)
    return _filled(
        _POWERSHELL,
        {
            "name": _in_powershell(name),
            "filter": _in_powershell(_filter(name)),
            "cloud": _POWERSHELL_CLOUDS[cloud.name],
            "graph": GRAPH_APP_ID,
            "redirects": ",\n        ".join(map(_in_powershell, redirects)),
            "wanted": ",\n        ".join(map(_in_powershell, permissions)),
        },
    )


def azure_cli_script(name: str, cloud: Cloud, redirects: Iterable[str], permissions: Iterable[str]) -> str:
    """The script for Azure CLI in a POSIX shell; empty where Azure CLI has no such cloud.

    Args:
        name: What the registration is called; made one line.
        cloud: Where.
        redirects: Addresses that do not hold the client ID; the one that does is added by the script.
        permissions: Delegated permissions by name.
    """
    cloud_name = _AZURE_CLOUDS.get(cloud.name)
    if cloud_name is None:
        return ""
    name = _one_line(name)
    return _filled(
        _AZURE_CLI,
        {
            "name": shlex.quote(name),
            "filter": shlex.quote(_filter(name)),
            "cloud": cloud_name,
            "graph": GRAPH_APP_ID,
            "redirects": " \\\n    ".join(map(shlex.quote, redirects)),
            "wanted": " \\\n    ".join(map(shlex.quote, permissions)),
        },
    )


def _filled(template: str, values: Mapping[str, str]) -> str:
    """All places filled in one pass, so that a value that looks like a place stays a value."""
    return re.sub(r"<<(\w+)>>", lambda place: values[place[1]], template)


def _filter(name: str) -> str:
    return "displayName eq '" + name.replace("'", "''") + "'"


def _one_line(name: str) -> str:
    words = "".join(one if one.isprintable() else " " for one in name).split()
    # Azure CLI takes a leading @ for the name of a file, and a dash for an option.
    return " ".join(words).lstrip("@- ")[:_LONGEST_NAME] or "SCIM Assistant"


def _in_powershell(text: str) -> str:
    """A literal of PowerShell, which takes typographic quotes for plain ones too."""
    return "'" + "".join(one * 2 if one in "'‘’‚‛" else one for one in text) + "'"
