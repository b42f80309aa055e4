"""What stands in deploy/ is what security.md asks of a machine that serves the product."""

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from studyapp import env

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
INSTALL = (DEPLOY / "install.sh").read_text(encoding="utf-8")
SERVICES = ["studyapp.service", "studyapp-backup.service", "studyapp-tidy.service"]
HARD = {
    "User": "studyapp",
    "UMask": "0077",
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "ReadWritePaths": "/var/lib/studyapp",
    "CapabilityBoundingSet": "",
    "IPAddressDeny": "any",
    "SystemCallFilter": "@system-service",
}
FROM_A_CLIENT = ("Forwarded", "X-Forwarded-Host", "X-Real-IP", "X-SSL-Client-DN", "Remote-User")


def unit(name: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, strict=True)
    # Directives are told apart by case; without this the parser lowers them.
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(DEPLOY / name, encoding="utf-8")
    return parser


def nginx(text: str) -> list[tuple[str, dict[str, list[str]]]]:
    """Return blocks with their own directives, in the order in which they end."""
    found: list[tuple[str, dict[str, list[str]]]] = []
    stack: list[tuple[str, dict[str, list[str]]]] = [("", {})]
    bare = re.sub(r"^\s*#.*$", "", text, flags=re.MULTILINE)
    for words, end in re.findall(r"([^;{}]*)([;{}])", bare):
        if end == "{":
            stack.append((words.strip(), {}))
        elif end == "}":
            assert words.strip() == "", f"no ; after {words.strip()}"
            found.append(stack.pop())
        else:
            name, _, value = words.strip().partition(" ")
            stack[-1][1].setdefault(name, []).append(value.strip())
    assert len(stack) == 1, "a block is not closed"
    return [*found, stack[0]]


@pytest.mark.parametrize("name", SERVICES)
def test_a_unit_can_write_its_data_and_nothing_else(name: str) -> None:
    service = unit(name)["Service"]
    assert {key: service.get(key) for key in HARD} == HARD
    assert re.fullmatch(r"\dG", service["MemoryMax"])


def test_the_night_has_its_backup_and_its_cleaning() -> None:
    asked = {}
    for name in SERVICES[1:]:
        assert unit(name.replace(".service", ".timer"))["Timer"]["Persistent"] == "true"
        asked[name] = unit(name)["Service"]["ExecStart"].split("manage.py ")[1]
    assert asked == {
        "studyapp-backup.service": "backup --keep 14",
        "studyapp-tidy.service": "tidy",
    }


@pytest.fixture
def systemd_analyze() -> str:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not installed")
    return program


def test_systemd_understands_every_line_of_the_units(systemd_analyze: str, tmp_path: Path) -> None:
    names = [path.name for path in DEPLOY.iterdir() if path.suffix in {".service", ".timer"}]
    assert len(names) == 5
    for name in names:
        text = (DEPLOY / name).read_text(encoding="utf-8")
        # The program is on the machine that is served from, not here.
        here = text.replace("/opt/studyapp/current/.venv/bin/python", "/bin/true")
        (tmp_path / name).write_text(here, encoding="utf-8")
    outcome = subprocess.run(
        [systemd_analyze, "verify", *(str(tmp_path / name) for name in names)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert (outcome.returncode, outcome.stderr) == (0, "")


@pytest.mark.parametrize("name", SERVICES)
def test_systemd_finds_little_that_a_unit_leaves_open(systemd_analyze: str, name: str) -> None:
    """Of 10, which is a unit that says nothing; 1.5 by version 252, newer ones ask for more."""
    outcome = subprocess.run(
        [
            *(systemd_analyze, "security", "--no-pager", "--offline=yes", "--threshold=20"),
            str(DEPLOY / name),
        ],
        check=False,
        capture_output=True,
        text=True,
    )
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


def test_nginx_passes_on_nothing_that_a_client_says_of_itself() -> None:
    blocks = nginx((DEPLOY / "nginx.conf").read_text(encoding="utf-8"))
    [location] = [own for name, own in blocks if name == "location /"]
    headers = dict(line.split(" ", 1) for line in location["proxy_set_header"])
    assert headers["X-Forwarded-For"] == "$remote_addr"
    assert (headers["X-Forwarded-Proto"], headers["Host"]) == ("$scheme", "$host")
    assert [headers[name] for name in FROM_A_CLIENT] == ['""'] * len(FROM_A_CLIENT)
    assert location["proxy_next_upstream"] == ["off"]


def test_nginx_limits_size_and_time_and_answers_to_its_name_only() -> None:
    blocks = nginx((DEPLOY / "nginx.conf").read_text(encoding="utf-8"))
    servers = [own for name, own in blocks if name == "server"]
    [site] = [own for own in servers if "proxy_pass" in str(own) or "client_max_body_size" in own]
    wanted = {
        "ssl_protocols": ["TLSv1.2 TLSv1.3"],
        "underscores_in_headers": ["off"],
        "client_max_body_size": ["25m"],
        "client_header_timeout": ["10s"],
        "client_body_timeout": ["20s"],
        "server_tokens": ["off"],
    }
    assert {name: site[name] for name in wanted} == wanted
    unnamed = [own["return"] for own in servers if "default_server" in str(own["listen"])]
    assert unnamed == [["444"], ["444"]]


def test_a_file_of_nginx_that_is_not_closed_is_found_out() -> None:
    with pytest.raises(AssertionError, match="not closed"):
        nginx("server { listen 80;")
    with pytest.raises(AssertionError, match="no ; after"):
        nginx("server { listen 80 }")


def test_the_environment_of_the_units_holds_known_variables_and_believes_one_machine() -> None:
    lines = (DEPLOY / "studyapp.env").read_text(encoding="utf-8").splitlines()
    given = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert given.keys() - {variable.name for variable in env.VARIABLES} == set()
    assert (given["STUDYAPP_HTTPS"], given["STUDYAPP_PROXIES"]) == ("yes", "127.0.0.1")
    assert "STUDYAPP_DEBUG" not in given


def test_lines_are_kept_as_long_as_the_law_asks() -> None:
    journal = unit("journald.conf")["Journal"]
    assert (journal["Storage"], journal["MaxRetentionSec"]) == ("persistent", "400day")


@pytest.mark.parametrize(("answers", "told"), [("true", "back\n"), ("false", "stopped\n")])
def test_the_way_back_tells_whether_the_units_came_up(answers: str, told: str) -> None:
    # In a trap bash gives a bare return the code of what went wrong before.
    [start] = re.findall(r"^start\(\) \{\n.*?^\}\n", INSTALL, flags=re.MULTILINE | re.DOTALL)
    script = f"""set -euo pipefail
prefix='' trial=''
resume() {{ true; }}
ready() {{ {answers}; }}
{start}
ended() {{ if start release; then echo back; else echo stopped; fi; }}
trap ended EXIT
exit 1
"""
    done = subprocess.run(["bash", "-c", script], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (1, told, "")
