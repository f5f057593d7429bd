# Stops a shared server when its last user has gone. $1: its directory, $2: seconds to linger, $3: minutes that kept
# databases hold it. Every user holds a shared lock on the file `users`; the kernel takes it back however a process
# ends. The lock on this process's standard input says that it is alive.
directory=$1 linger=$2 minutes=$3

exec 9<"$directory/users" || exit 1

lock() {
    if command -v flock >/dev/null 2>&1; then
        flock "$1" 9
    else
        # macOS has no flock, and has perl.
        perl -e 'open(my $f, "<&=", 9) or exit 2; exit !flock($f, $ARGV[0] eq "-n" ? 6 : 2)' -- "$1"
    fi
}

unlock() {
    if command -v flock >/dev/null 2>&1; then flock -u 9; else perl -e 'open(my $f, "<&=", 9); flock($f, 8)'; fi
}

server() {
    [ -r "$directory/data" ] && data=$(cat "$directory/data")/data && [ -r "$data/postmaster.pid" ] || return 1
    pid=$(head -n 1 "$data/postmaster.pid")
    # A number proves nothing: it may be another process's by now.
    case $(ps -o args= -p "$pid" 2>/dev/null) in *"$data"*) return 0 ;; *) return 1 ;; esac
}

gone() {
    tries=0
    while kill -0 "$pid" 2>/dev/null; do
        tries=$((tries + 1))
        [ "$tries" -lt "$1" ] || return 1
        sleep 0.02
    done
}

stop() {
    if server; then
        # New templates are worth a shutdown that leaves the data complete.
        if [ -e "$directory/save" ] && kill -INT "$pid" && gone 1000; then
            save
        else
            kill -QUIT "$pid"
            gone 250 || kill -KILL "$pid"
        fi
    fi
    if [ -r "$directory/container" ]; then
        container=$(cat "$directory/container")
        docker rm --force --volumes "$container" || podman rm --force --volumes "$container" \
            || curl --silent --max-time 30 --request DELETE --unix-socket /var/run/docker.sock \
                "http://docker/containers/$container?force=1&v=1"
    fi
}

save() {
    cache=$(cat "$directory/cache") || return 0
    [ -n "$cache" ] && mkdir -p "$cache" && chmod 700 "$cache" || return 0
    new=$cache/new.$$
    rm -rf "$cache"/new.*
    # Those of checkouts and versions that nobody tests any more.
    find "$(dirname "$cache")" -mindepth 1 -maxdepth 1 -type d -mtime +14 -exec rm -rf {} +
    if copy && cp "$directory/password" "$cache/password.new"; then
        rm -rf "$cache/data" && mv "$cache/password.new" "$cache/password" && mv "$new" "$cache/data"
    else
        rm -rf "$new"
    fi
}

# The file `save` names the databases that are worth it. The others are test databases: the next run, which finds them in
# the registry, drops what is left of them.
copy() {
    mkdir -m 700 "$new" "$new/base" || return 1
    for part in "$data"/*; do
        case ${part##*/} in base | postmaster.*) ;; *) cp -Rp "$part" "$new/" || return 1 ;; esac
    done
    while read -r database; do
        cp -Rp "$data/base/$database" "$new/base/" || return 1
    done <"$directory/save"
}

while :; do
    lock -x
    unlock
    sleep "$linger"
    while [ -n "$(find "$directory/kept" -mmin "-$minutes" 2>/dev/null)" ]; do
        lock -n && unlock || break
        sleep 5
    done
    lock -n && break
done

# From here on nobody becomes a user: whoever comes waits for the lock, and then finds that the directory is gone.
stop
data=$(cat "$directory/data" 2>/dev/null)
rm -rf "$directory"
case $(dirname "$directory") in */howdah-test-*) rmdir "$(dirname "$directory")" 2>/dev/null ;; esac
exec 9<&-
# Thousands of files, for which nobody has to wait.
if [ -n "$data" ]; then rm -rf "$data"; fi
