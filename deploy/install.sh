#!/usr/bin/env bash
# Brings the product up, updates it or goes back, on a machine without any network (Debian 12 or
# compatible, python3 >= 3.11 with venv). Nothing is fetched: everything lies beside this file.
#
#   ./install.sh --host study.example      install; update when it is installed already
#   ./install.sh --rollback                back to the release before
#   ./install.sh --rollback --to-backup    the same where the database has changed since:
#                                          back to the backup made before the update
# More options: --prefix DIR (all paths below DIR, no user, no units started: for trials),
# --python PROGRAM, --no-setup (to restore a backup into).
set -euo pipefail
umask 022
cd "$(dirname "$(readlink -f "$0")")"

prefix='' host=study.example python=python3 rollback='' to_backup='' setup=yes
while (($#)); do
  case $1 in
    --prefix) prefix=$(readlink -m "$2"); shift ;;
    --host) host=$2; shift ;;
    --python) python=$2; shift ;;
    --rollback) rollback=yes ;;
    --to-backup) to_backup=yes ;;
    --no-setup) setup='' ;;
    *) sed -n '2,12s/^# \{0,1\}//p' "$0"; exit 2 ;;
  esac
  shift
done

top=$prefix/opt/studyapp data=$prefix/var/lib/studyapp etc=$prefix/etc/studyapp
units=$prefix/etc/systemd/system

say() { printf '%s\n' "$*"; }
stop() { printf '没有完成：%s\n' "$*" >&2; exit 1; }
[[ $prefix || $EUID == 0 ]] || stop '要用 root 执行。'
[[ $host =~ ^[A-Za-z0-9.-]+$ ]] || stop "--host $host 不是主机名。"

# Runs manage.py of a release as the product's own user, with the site's variables.
manage() {
  local release=$1 line as=()
  shift
  [[ $prefix ]] || as=(runuser -u studyapp --)
  (
    cd "$release"
    # The last line may lack its end.
    while IFS= read -r line || [[ $line ]]; do
      [[ $line =~ ^[A-Z_]+= ]] && export "${line?}"
    done <"$etc/studyapp.env"
    umask 077
    PYTHONUTF8=1 PYTHONDONTWRITEBYTECODE=1 exec "${as[@]}" .venv/bin/python manage.py "$@"
  )
}
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
# Puts the units of a release in place.
units_of() {
  local unit
  for unit in "$1"/deploy/*.service "$1"/deploy/*.timer; do
    at_home "$unit" >"$units/$(basename "$unit")"
  done
  service daemon-reload
}
at_home() { sed -e "s|/opt/studyapp|$top|g; s|/var/lib/studyapp|$data|g; s|/etc/studyapp|$etc|g; s|study\.example|$host|g" "$1"; }

current=$(readlink -f "$top/current" || true)
[[ -d $current ]] || current=''

if [[ $rollback ]]; then
  before=$(readlink -f "$top/previous" || true)
  [[ $current && -d $before ]] || stop '没有上一个版本。'
  kept=$(cat "$current/.backup" 2>/dev/null || true)
  if [[ $(migrations "$current") != "$(migrations "$before")" && ! $to_backup ]]; then
    stop "数据结构在升级时变了，旧版本用不了现在的数据。要回到升级前的备份 $kept，加 --to-backup；升级以后写的内容会从系统里消失（先另存一份备份）。"
  fi
  halt
  if [[ $to_backup ]]; then
    [[ -f $kept ]] || { resume; stop "找不到升级前的备份 $kept。"; }
    now=$(backup "$current") || { resume; stop '现在的数据没能备份（原因见上），没有退回。'; }
    say "现在的数据已备份：$now"
    manage "$before" restore "$kept" || { resume; stop '没能恢复升级前的备份，没有退回。'; }
  fi
  # From here the data are those of the release before.
  point current "$before"
  rm -f "$top/previous"
  units_of "$before"
  manage "$before" prepare || stop "已退回 $(basename "$before")，但还没准备好（原因见上）。改好后执行 manage.py prepare，再启动服务。"
  resume
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
  halt
  kept=$(backup "$current") || { resume; stop '没能备份，或备份里有问题（原因见上），没有升级；原来的版本照旧。'; }
  say "升级前的数据已备份：$kept"
  printf '%s\n' "$kept" >"$target/.backup"
  if ! manage "$target" prepare; then
    say '更新数据没有成功，正在恢复。'
    [[ $(migrations "$current") == "$(migrations "$target")" ]] || manage "$current" restore "$kept" ||
      stop "没能自动恢复。手工执行 manage.py restore $kept，再启动服务。"
    manage "$current" prepare || stop "没能退回原来的版本（原因见上）。手工执行 manage.py restore $kept，再启动服务。"
    resume
    stop '更新数据没有成功；原来的版本照旧。'
  fi
  point previous "$current"
elif [[ $setup ]]; then
  manage "$target" setup
else
  manage "$target" prepare
fi
point current "$target"

# --- Units --------------------------------------------------------------------------------------------
units_of "$target"
if [[ ! $prefix ]]; then
  install -D -m 0644 "$target/deploy/journald.conf" /etc/systemd/journald.conf.d/studyapp.conf
  systemctl restart systemd-journald
  systemctl enable --quiet --now studyapp.service studyapp-backup.timer studyapp-tidy.timer
fi
say "已装好 $release。接下来按 $target/docs/operations.md 配置 https：$etc/nginx.conf"
