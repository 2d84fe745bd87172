# What `holdfast deploy` runs on a board, as one argument of sh -c: the first word after it says what.
# POSIX sh with the tools that BusyBox has; nothing is read from standard input but by "put".
set -eu
export PATH="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:${PATH:-}"
bin=/usr/local/bin/holdfast-worker
begin=/usr/local/bin/holdfast-begin
keep=/usr/local/bin/holdfast-keep
etc=/etc/holdfast
coming=$etc/identity.part
whole=$etc/identity.new
taking="rmdir $whole 2>/dev/null || { mv -f $whole/* $etc/; rmdir $whole; }; sync"
unit=/etc/systemd/system/holdfast-worker.service
script=/etc/init.d/holdfast
busybox=/etc/init.d/S90holdfast

has() { command -v "$1" >/dev/null 2>&1; }
fail() { echo "$*" >&2; exit 1; }

init() {
    if [ -d /run/systemd/system ]; then echo systemd
    elif [ -x /sbin/procd ]; then echo procd
    elif [ -x /sbin/openrc-run ]; then echo openrc
    elif [ -f /etc/init.d/rcS ]; then echo busybox
    else echo plain
    fi
}

sum() {
    [ -f "$1" ] || return 0
    if has sha256sum; then sha256sum <"$1" | cut -d' ' -f1; fi
}

probe() {
    echo "uid=$(id -u)"
    if [ "$(id -u)" -ne 0 ] && has sudo && sudo -n true 2>/dev/null; then echo sudo=yes; fi
    echo "machine=$(uname -m)"
    echo "kernel=$(uname -r)"
    if [ -r /proc/device-tree/model ]; then echo "model=$(tr -d '\000' </proc/device-tree/model)"; fi
    awk '/^MemTotal:/ { print "memory_kb=" $2 }' /proc/meminfo 2>/dev/null || true
    echo "init=$(init)"
    df -Pk "${bin%/*}" /usr 2>/dev/null | awk 'NR == 2 { print "free_kb=" $4 }' || true
    [ ! -f $bin ] || echo worker=yes
    echo "worker_sha256=$(sum $bin)"
    # The configuration is the manager's own: a line of it holds the name.
    if [ -r $etc/worker.json ]; then
        sed -n 's/.*"board"[[:space:]]*:[[:space:]]*"\([^"]*\)".*/board=\1/p' $etc/worker.json | head -n 1
    elif [ -e $etc/worker.json ] || [ -d $whole ] || { [ -d $etc ] && [ ! -x $etc ]; }; then
        echo hidden=yes
    fi
}

# sums: of the handlers that can be run; nothing where they cannot be told
sums() {
    for file in $etc/handlers/*; do
        [ ! -x "$file" ] || echo "$(sum "$file") ${file##*/}"
    done
}

# put FILE MODE [BYTES]: from standard input, whole or not at all, also when power goes; a line that is cut ends
# it too
put() {
    umask 077
    mkdir -p "${1%/*}"
    chmod 755 "${1%/*}"
    cat >"$1.part" || { rm -f "$1.part"; return 1; }
    if [ "${3:-}" ] && [ "$(wc -c <"$1.part")" -ne "$3" ]; then rm -f "$1.part"; fail "$1 did not come whole"; fi
    chmod "$2" "$1.part"
    sync
    mv -f "$1.part" "$1"
}

# adopt NAME MODE BYTES...: the files of an identity, one after the other on standard input. Wherever the line is cut
# all of them are as they were, or all are the new ones; where power goes while they are renamed, the next start of the
# worker ends it, or the next verb.
adopt() {
    umask 077
    mkdir -p $etc
    chmod 755 $etc
    rm -rf $coming
    mkdir $coming
    trap 'rm -rf $coming' EXIT
    trap '' PIPE # when the line is cut nobody hears why
    cat >$coming/all
    at=1
    while [ $# -gt 0 ]; do
        tail -c +$at $coming/all | head -c "$3" >"$coming/$1"
        [ "$(wc -c <"$coming/$1")" -eq "$3" ] || fail "$etc/$1 did not come whole"
        chmod "$2" "$coming/$1"
        at=$((at + $3))
        shift 3
    done
    rm $coming/all
    sync
    mv $coming $whole
    settle
}

# settle: an identity that came whole takes the place of the one before
settle() {
    [ -d $whole ] || return 0
    eval "$taking" || true
    [ ! -d $whole ] || fail "what is in $whole cannot take its place in $etc"
}

# prepare: what is to be written to can be
prepare() {
    for folder in ${bin%/*} $etc; do
        mkdir -p "$folder"
        (: >"$folder/.holdfast")
        rm -f "$folder/.holdfast"
    done
}

# beginner: what every service starts
beginner() {
    put $begin 755 <<END
#!/bin/sh
# Starts the worker, with the identity that came whole when power went before it took its place.
[ ! -d $whole ] || { $taking; }
exec $bin "\$@"
END
}

keeper() {
    put $keep 755 <<'END'
#!/bin/sh
# Keeps a holdfast-worker running where nothing else does: holdfast-keep start | stop | restart
run=/var/run
[ ! -d /run ] || run=/run
file=$run/holdfast-keep.pid
worker=$run/holdfast-worker.pid

holder() {
    pid=$(cat $file 2>/dev/null) || return 1
    grep -q holdfast-keep "/proc/$pid/cmdline" 2>/dev/null || return 1
    echo "$pid"
}

begin() {
    holder >/dev/null && return 0
    mkdir -p $run
    if command -v setsid >/dev/null; then
        setsid "$0" run </dev/null >/dev/null 2>&1 &
    else
        "$0" run </dev/null >/dev/null 2>&1 &
    fi
}

# A worker that is told to go first finishes the task in hand.
end() {
    pid=$(holder) || return 0
    kill -TERM "$pid"
    while [ "$(holder)" = "$pid" ]; do sleep 1; done
}

# The worker alone is told to go: what works on a task bears its name too.
work() {
    rm -f $worker
    if command -v logger >/dev/null; then
        "$0" worker 2>&1 | logger -t holdfast-worker
    else
        "$0" worker >/dev/null 2>&1
    fi
}

# One that outlived its keeper is kept on.
runs() { grep -q holdfast-worker "/proc/$(cat $worker 2>/dev/null)/cmdline" 2>/dev/null; }

hold() {
    echo $$ >$file
    stop=
    trap 'stop=yes; kill -TERM $(cat $worker) 2>/dev/null' TERM INT
    while [ -z "$stop" ]; do
        if ! runs; then
            work &
            while ! wait $! && [ "$stop" ] && kill -0 $! 2>/dev/null; do :; done
        fi
        if [ -z "$stop" ]; then sleep 5 & wait $! || true; fi
    done
    while runs; do sleep 1; done
    rm -f $file
}

case ${1:-} in
start) begin ;;
stop) end ;;
restart) end; begin ;;
run) hold ;;
worker) echo $$ >$worker; exec /usr/local/bin/holdfast-begin ;;
*) echo "usage: holdfast-keep start | stop | restart" >&2; exit 2 ;;
esac
END
}

install_systemd() {
    put $unit 644 <<'END'
[Unit]
Description=Holdfast worker
After=network-online.target
Wants=network-online.target

[Service]
Type=notify
NotifyAccess=main
KillMode=mixed
ExecStart=/usr/local/bin/holdfast-begin
ExecReload=/bin/kill -HUP $MAINPID
Restart=always
RestartSec=5
WatchdogSec=60
TimeoutStartSec=infinity
TimeoutStopSec=15min
Delegate=yes

[Install]
WantedBy=multi-user.target
END
    systemctl daemon-reload
    systemctl enable --quiet holdfast-worker.service
}

install_openrc() {
    put $script 755 <<'END'
#!/sbin/openrc-run
description="Holdfast worker"
supervisor=supervise-daemon
command=/usr/local/bin/holdfast-begin
respawn_delay=5
respawn_max=0
retry="TERM/900/KILL/5"

depend() {
    use net
    after firewall
}
END
    rc-update add holdfast default >/dev/null
}

# /var of OpenWrt is in memory: what must last lies beside the settings.
install_procd() {
    put $script 755 <<'END'
#!/bin/sh /etc/rc.common
START=95
STOP=10
USE_PROCD=1

start_service() {
    mkdir -p /etc/holdfast/state /var/lib
    [ -e /var/lib/holdfast ] || ln -s /etc/holdfast/state /var/lib/holdfast
    procd_open_instance
    procd_set_param command /usr/local/bin/holdfast-begin
    procd_set_param respawn 3600 5 0
    procd_set_param term_timeout 900
    procd_set_param stderr 1
    procd_close_instance
}
END
    $script enable
}

install_busybox() {
    keeper
    put $busybox 755 <<'END'
#!/bin/sh
exec /usr/local/bin/holdfast-keep "${1:-}"
END
}

# cron [LINE]: in the place of the one of before
cron() {
    has crontab || return 1
    { crontab -l 2>/dev/null | grep -v holdfast-keep || true; [ -z "${1:-}" ] || echo "$1"; } |
        crontab - 2>/dev/null
}

install_plain() {
    keeper
    cron "* * * * * $keep start" || echo "note=nothing here starts it after a reboot: let that run '$keep start'"
}

# service start|stop|restart: asks for it and does not wait for a task in hand
service() {
    case $(init) in
    systemd) systemctl --no-block "$1" holdfast-worker.service ;;
    openrc) rc-service holdfast "$1" >/dev/null 2>&1 & ;;
    procd) $script "$1" ;;
    *) $keep "$1" </dev/null >/dev/null 2>&1 & ;;
    esac
}

# check: the program that was put beside the old one runs here
check() {
    "$bin.new" --version || fail "the program does not run on this board ($(uname -m), Linux $(uname -r))"
    if [ -e $etc/worker.json ]; then :; else fail "$etc/worker.json is missing"; fi
}

install_service() {
    mkdir -p $etc/handlers
    beginner
    "install_$(init)"
    sync
}

swap() {
    if [ -e $bin ]; then
        cp -p $bin $bin.old.part || { rm -f $bin.old.part; return 1; }
        sync
        mv -f $bin.old.part $bin.old
    fi
    mv -f $bin.new $bin
    sync
}

rollback() {
    if [ -e $bin.new ]; then rm -f $bin.new; return 0; fi # it came no further than that
    [ -e $bin.old ] || fail "there is no $bin.old"
    mv -f $bin.old $bin
    sync
    service restart
}

# diagnose: what the worker says of its way to the broker
diagnose() {
    "$bin" --check 2>&1 | grep -v ' ok ' | tail -n 3 || true
}

remove_service() {
    case $(init) in
    systemd)
        systemctl disable --quiet --now holdfast-worker.service || true
        rm -f $unit
        systemctl daemon-reload ;;
    openrc)
        rc-service holdfast stop >/dev/null 2>&1 || true
        rc-update del holdfast default >/dev/null 2>&1 || true
        rm -f $script ;;
    procd)
        $script stop || true
        $script disable || true
        rm -f $script ;;
    *)
        [ ! -x $keep ] || $keep stop
        cron || true
        rm -f $busybox $keep ;;
    esac
}

uninstall() {
    remove_service
    rm -f $bin $bin.old $bin.new $begin $etc/worker.json $etc/ca.pem $etc/cert.pem $etc/key.pem $etc/manager.pub
    rm -rf $coming
    rmdir $etc/handlers $etc 2>/dev/null || true
    sync
}

[ "$(id -u)" -ne 0 ] || settle
"$@"
