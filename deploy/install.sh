#!/usr/bin/env bash
# Brings the product up, updates it or goes back, on a machine without any network (Debian 12 or
# compatible, python3 >= 3.11 with venv). Nothing is fetched: everything lies beside this file.
#
#   ./install.sh --host study.example      install; update when it is installed already
#   ./install.sh --rollback                back to the release before
#   ./install.sh --rollback --to-backup    the same where the database has changed since:
#                                          back to the backup made before the update
# More options: --prefix DIR (all paths below DIR, no user, no units started: for trials),
# --python PROGRAM, --no-setup (to restore a backup into), --wait SECONDS (so long a start may take).
set -euo pipefail
umask 022
cd "$(dirname "$(readlink -f "$0")")"

prefix='' host=study.example python=python3 rollback='' to_backup='' setup=yes wait=60
while (($#)); do
  case $1 in
    --prefix) prefix=$(readlink -m "$2"); shift ;;
    --host) host=$2; shift ;;
    --python) python=$2; shift ;;
    --wait) wait=$2; shift ;;
    --rollback) rollback=yes ;;
    --to-backup) to_backup=yes ;;
    --no-setup) setup='' ;;
    *) sed -n '2,12s/^# \{0,1\}//p' "$0"; exit 2 ;;
  esac
  shift
done

top=$prefix/opt/studyapp data=$prefix/var/lib/studyapp etc=$prefix/etc/studyapp
units=$prefix/etc/systemd/system

# --- Whatever ends this early: undo what can be undone, say where things stand ----------------------
# `undo` is the way back from here, `state` what holds without it or after it failed.
state='什么都没有动。' undo=''
say() { printf '%s\n' "$*"; }
stop() { printf '没有完成：%s\n' "$*" >&2; exit 1; }
ended() {
  local code=$? way=$undo
  trap - EXIT
  # Going back is not broken off; what it starts can be stopped as usual.
  trap : INT TERM HUP
  ((code)) || exit 0
  undo=''
  if [[ $way ]]; then
    say '正在退回。' >&2
    if "$way" >&2; then state='原来的版本照旧，没有丢内容。'; fi
  fi
  printf '现在的状态：%s\n' "$state" >&2
  exit "$code"
}
trap ended EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

[[ $prefix || $EUID == 0 ]] || stop '要用 root 执行。'
[[ $host =~ ^[A-Za-z0-9.-]+$ ]] || stop "--host $host 不是主机名。"
[[ $wait =~ ^[0-9]+$ ]] || stop "--wait $wait 不是秒数。"
[[ ! -f $etc/owner.env || $(stat -c %a "$etc/owner.env") == 600 ]] ||
  stop "$etc/owner.env 里有数据库属主的密码：执行 chmod 600 $etc/owner.env，再来一次。"

# Becomes manage.py of a release, as the product's own user, with the site's variables. The database's
# owner, where a site has one (owner.env), does everything but serve.
enter() {
  local release=$1 file line as=()
  shift
  [[ $prefix ]] || as=(runuser -u studyapp --)
  cd "$release"
  for file in "$etc/studyapp.env" "$etc/owner.env"; do
    [[ -f $file && ! ($file == */owner.env && $1 == serve) ]] || continue
    # The last line may lack its end.
    while IFS= read -r line || [[ $line ]]; do
      [[ $line =~ ^[A-Z_]+= ]] && export "${line?}"
    done <"$file"
  done
  [[ $1 != serve ]] || export PORT=$trial
  umask 077
  PYTHONUTF8=1 PYTHONDONTWRITEBYTECODE=1 exec "${as[@]}" .venv/bin/python manage.py "$@"
}
manage() { (enter "$@"); }
service() { [[ $prefix ]] || systemctl "$@"; }
point() { ln -sfn "$2" "$top/$1.new" && mv -Tf "$top/$1.new" "$top/$1"; }
# What this release and its packages make of the tables.
migrations() { (cd "$1" && find studyapp .venv/lib -path '*/migrations/0*.py' | sort | xargs sha256sum); }
# Backs up, prints the file. Called where errexit is off: each step says itself whether it failed.
# Into a folder of its own, so that no older file is ever taken for this one.
backup() {
  local folder file
  folder=$data/backups/updates/$(date +%Y%m%d-%H%M%S)
  manage "$1" backup --to "$folder" >&2 || return 1
  file=$(find "$folder" -maxdepth 1 -type f | head -1)
  [[ -f $file ]] && say "$file"
}
# The nightly work must not write while the data change hands.
halt() { service stop studyapp.service studyapp-{backup,tidy}.{timer,service}; }
resume() { service start studyapp.service studyapp-{backup,tidy}.timer; }
# Asks the server whether it would take people in, until it says so or the time is over.
ready() {
  "$1/.venv/bin/python" -I - "$wait" "$2" "$etc/studyapp.env" <<'END'
import http.client, sys, time
wait, port, settings = sys.argv[1:]
lines = [line.strip().partition("=") for line in open(settings, encoding="utf-8")]
site = {name: value for name, _, value in lines}
host = site.get("HOST") or "127.0.0.1"
port = int(port or site.get("PORT") or 8000)
# A name that the product always answers to. Where it believes another machine alone of https,
# it sends this one there, which is an answer too.
asked = {"Host": "localhost", "X-Forwarded-Proto": "https"}
until = time.monotonic() + int(wait)
while time.monotonic() < until:
    try:
        there = http.client.HTTPConnection(host, port, timeout=5)
        there.request("GET", "/readyz", headers=asked)
        if there.getresponse().status in (200, 301):
            sys.exit(0)
    except (OSError, http.client.HTTPException):
        pass
    time.sleep(0.2)
sys.exit(1)
END
}
# Starts what is installed and sees that it answers; in a trial without units, for that long only.
start() {
  local code=0 server
  if [[ ! $prefix ]]; then
    # The code is named: on the way back, in a trap, a bare return would give that of the trouble.
    resume && ready "$1" '' || code=1
    return "$code"
  fi
  trial=$("$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  # A group of its own, so that its workers end with it, also those that are still starting.
  set -m
  enter "$1" serve >"$data/trial.log" 2>&1 &
  server=$!
  set +m
  ready "$1" "$trial" || code=1
  kill -KILL -- "-$server" 2>/dev/null || true
  wait "$server" 2>/dev/null || true
  return "$code"
}
# Puts the units of a release in place.
units_of() {
  local unit
  for unit in "$1"/deploy/*.service "$1"/deploy/*.timer; do
    at_home "$unit" >"$units/$(basename "$unit")"
  done
  service daemon-reload
}
at_home() { sed -e "s|/opt/studyapp|$top|g; s|/var/lib/studyapp|$data|g; s|/etc/studyapp|$etc|g; s|study\.example|$host|g" "$1"; }
# From the release that is being put in back to the one before, with its data where they have changed.
back() {
  wait=60
  halt || return 1
  if [[ $(migrations "$current") != "$(migrations "$target")" ]]; then
    manage "$current" restore "$kept" || return 1
  fi
  point current "$current" && units_of "$current" && manage "$current" prepare && start "$current"
}

current=$(readlink -f "$top/current" || true)
[[ -d $current ]] || current=''
kept='' target='' trial=''
start_words='systemctl start studyapp studyapp-backup.timer studyapp-tidy.timer'

if [[ $rollback ]]; then
  before=$(readlink -f "$top/previous" || true)
  [[ $current && -d $before ]] || stop '没有上一个版本。'
  kept=$(cat "$current/.backup" 2>/dev/null || true)
  if [[ $(migrations "$current") != "$(migrations "$before")" && ! $to_backup ]]; then
    stop "数据结构在升级时变了，旧版本用不了现在的数据。要回到升级前的备份 $kept，加 --to-backup；升级以后写的内容会从系统里消失（先另存一份备份）。"
  fi
  state="服务停着，程序和数据没有动。启动：$start_words" undo=resume
  halt
  if [[ $to_backup ]]; then
    [[ -f $kept ]] || stop "找不到升级前的备份 $kept。"
    now=$(backup "$current") || stop '现在的数据没能备份（原因见上），没有退回。'
    say "现在的数据已备份：$now"
    manage "$before" restore "$kept" || stop '没能恢复升级前的备份，没有退回。'
  fi
  # From here the data are those of the release before.
  undo='' state="数据是 $(basename "$before") 的，服务停着。再执行一次同样的命令。"
  point current "$before"
  state="程序和数据都是 $(basename "$before") 的，服务停着。看 journalctl -u studyapp -n 50；改好后在 $before 执行 manage.py prepare，再 $start_words"
  rm -f "$top/previous"
  units_of "$before"
  manage "$before" prepare || stop "已退回 $(basename "$before")，但还没准备好（原因见上）。"
  start "$before" || stop "已退回 $(basename "$before")，但服务${wait}秒里没有起来。"
  say "已退回 $(basename "$before")。"
  exit
fi

# --- Is everything here? ---------------------------------------------------------------------------
sha256sum --check --quiet SHA256SUMS || stop '安装包不完整，或被改动过。重新拷贝一份。'
"$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
  stop '需要 python3 3.11 以上和 python3-venv（在系统安装盘上）。'
release=$(cat RELEASE)
target=$top/releases/$release
[[ $current != "$target" ]] || stop "$release 已经装好了。"

# --- Files and packages, beside what runs ----------------------------------------------------------
say "正在安装 $release"
state="新版本还没装好；正在用的没有动。改好后再执行一次。"
rm -rf "$target"
mkdir -p "$top/releases" "$etc" "$units"
cp -R source "$target"
"$python" -m venv "$target/.venv"
PIP_CONFIG_FILE=/dev/null "$target/.venv/bin/python" -m pip --isolated install --quiet --disable-pip-version-check \
  --no-cache-dir --no-index --find-links wheels --only-binary :all: --require-hashes --requirement "$target/requirements/base.txt" ||
  stop '安装包里没有适合这台机器的程序包（处理器或 Python 版本不同）。'
"$target/.venv/bin/python" -m compileall -q "$target/studyapp"

# --- User, folders, settings ------------------------------------------------------------------------
if [[ ! $prefix ]]; then
  id studyapp >/dev/null 2>&1 || useradd --system --user-group --home-dir "$data" --no-create-home --shell /usr/sbin/nologin studyapp
fi
[[ -d $data ]] || install -d -m 0700 "$data"
[[ $prefix ]] || chown studyapp:studyapp "$data"
if [[ ! -f $etc/studyapp.env ]]; then
  at_home "$target/deploy/studyapp.env" >"$etc/studyapp.env"
  chmod 0640 "$etc/studyapp.env"
  [[ $prefix ]] || chgrp studyapp "$etc/studyapp.env"
fi
[[ -f $etc/nginx.conf ]] || at_home "$target/deploy/nginx.conf" >"$etc/nginx.conf"

# --- The data, with a way back ------------------------------------------------------------------------
if [[ $current ]]; then
  state="服务停着，程序和数据没有动。启动：$start_words" undo=resume
  halt
  kept=$(backup "$current") || stop '没能备份，或备份里有问题（原因见上），没有升级；原来的版本照旧。'
  say "升级前的数据已备份：$kept"
  printf '%s\n' "$kept" >"$target/.backup"
  state="没能自动退回，服务停着。在 $current 执行 manage.py restore $kept，再 $start_words" undo=back
  manage "$target" prepare || stop '更新数据没有成功（原因见上）。'
elif [[ $setup ]]; then
  state="数据库没有初始化。改好后再执行一次；说已有内容的，加 --no-setup。"
  manage "$target" setup
else
  manage "$target" prepare
fi
[[ $current ]] || state="已装好，数据库也准备好了，服务没有起来。改好后 $start_words"
point current "$target"

# --- Units --------------------------------------------------------------------------------------------
units_of "$target"
if [[ ! $prefix ]]; then
  install -D -m 0644 "$target/deploy/journald.conf" /etc/systemd/journald.conf.d/studyapp.conf
  systemctl restart systemd-journald
  systemctl enable --quiet studyapp.service studyapp-backup.timer studyapp-tidy.timer
fi
start "$target" || stop "$release 装上以后，服务${wait}秒里没有起来。看 journalctl -u studyapp -n 50。"
undo=''
[[ ! $current ]] || point previous "$current"
say "已装好 $release。接下来按 $target/docs/operations.md 配置 https：$etc/nginx.conf"
