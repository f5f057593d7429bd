#!/bin/bash
# Entry point of the image: prepares the data directory on the first start, then becomes the server.
#
# It understands the variables and does the steps of the official image
# (https://hub.docker.com/_/postgres), because tests and compose files are written for that one;
# in particular the line "database system is ready to accept connections" appears once on stdout
# (temporary server of the first start) and once on stderr (the server itself). What it does
# differently: a first start that was killed is repaired by the next one, the temporary server
# cannot be reached from outside, and the password is not left in the server's environment.
#
# No `set -u`: scripts in /docker-entrypoint-initdb.d inherit this shell's options, and those written
# for the official image may rely on unset variables being empty.
set -Eeo pipefail
trap 'printf "entry.sh: gave up at line %s of %s\n" "$LINENO" "${BASH_SOURCE[0]}" >&2' ERR

seed=/usr/share/howdah/seed
scripts=/docker-entrypoint-initdb.d
# Stands in the data directory from before the first file until after the last step of the first
# start. A directory that holds it is thrown away by the next start.
unfinished=.first-start

main() {
    if [[ ${1:-} == -* ]]; then set -- postgres "$@"; fi
    if [[ ${1:-} != postgres ]] || wants_words "$@"; then exec "$@"; fi
    trap 'exit 143' INT TERM

    read_settings
    if ((EUID == 0)); then become_postgres "$@"; fi
    own_data_directory
    hold_data_directory
    if [[ -e $PGDATA/$unfinished ]]; then start_over; fi
    if [[ -s $PGDATA/PG_VERSION ]]; then
        printf '\nPostgreSQL Database directory appears to contain a database; Skipping initialization\n\n'
    else
        first_start "$@"
    fi
    forget_secrets
    exec "$@"
}

die() {
    printf 'entry.sh: %s\n' "$*" >&2
    exit 1
}

# True for calls that print something and end, without a data directory.
wants_words() {
    local word
    for word; do
        case $word in -\? | --help | --describe-config | -V | --version) return 0 ;; esac
    done
    return 1
}

# --- Settings ---------------------------------------------------------------------------------

read_settings() {
    from_file POSTGRES_PASSWORD
    from_file POSTGRES_USER
    from_file POSTGRES_DB
    from_file POSTGRES_INITDB_ARGS
    export POSTGRES_USER=${POSTGRES_USER:-postgres}
    export POSTGRES_DB=${POSTGRES_DB:-$POSTGRES_USER}
    export PGDATA=${PGDATA:-/var/lib/postgresql/data}
    if [[ -n ${POSTGRES_INITDB_WALDIR:-} ]]; then
        die "POSTGRES_INITDB_WALDIR is not supported; use POSTGRES_INITDB_ARGS=--waldir=$POSTGRES_INITDB_WALDIR"
    fi
    # initdb reads one line, and so would everybody else who is given the file.
    if [[ ${POSTGRES_PASSWORD:-} == *$'\n'* ]]; then die "the password has more than one line"; fi
}

# Fills the variable named $1 from the file that ${1}_FILE names. This runs while still root, since
# a secret file may be readable by root only.
from_file() {
    local variable=$1 file_variable=$1_FILE
    local file=${!file_variable:-}
    if [[ -z $file ]]; then return; fi
    if [[ -n ${!variable:-} ]]; then die "both $variable and $file_variable are set; leave one out"; fi
    [[ -r $file ]] || die "$file_variable names $file, which cannot be read"
    export "$variable"="$(<"$file")"
    unset "$file_variable"
}

require_password() {
    if [[ -z ${POSTGRES_PASSWORD:-} && ${POSTGRES_HOST_AUTH_METHOD:-} != trust ]]; then
        die "no superuser password: set POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE," \
            "or POSTGRES_HOST_AUTH_METHOD=trust to let everybody in without one"
    fi
    if [[ ${POSTGRES_HOST_AUTH_METHOD:-} == trust ]]; then
        printf 'entry.sh: POSTGRES_HOST_AUTH_METHOD=trust lets everybody who reaches the port in as superuser\n' >&2
    fi
}

# The variables have done their work; the server and what it starts (archive_command, say) must not
# inherit a password.
forget_secrets() {
    unset POSTGRES_PASSWORD PGPASSWORD PGHOST
    if [[ -n ${NSS_WRAPPER_PASSWD:-} ]]; then
        rm -f "$NSS_WRAPPER_PASSWD" "$NSS_WRAPPER_GROUP"
        unset LD_PRELOAD NSS_WRAPPER_PASSWD NSS_WRAPPER_GROUP
    fi
}

# --- The user and the data directory ------------------------------------------------------------

# The server refuses to run as root. Files of another user come from a volume of another image.
become_postgres() {
    mkdir -p "$PGDATA"
    find "$PGDATA" ! -user postgres -exec chown postgres: {} +
    install --directory --owner=postgres --group=postgres --mode=3777 /run/postgresql
    exec setpriv --reuid=postgres --regid=postgres --init-groups -- "${BASH_SOURCE[0]}" "$@"
}

# Under `docker run --user` nobody can hand the directory over, so it is made, or made anew in the
# place of the image's own empty one. The server insists on owning it.
own_data_directory() {
    if [[ ! -d $PGDATA ]]; then mkdir -p "$PGDATA"; fi
    if [[ ! -O $PGDATA ]]; then
        { rmdir "$PGDATA" && mkdir "$PGDATA"; } \
            || die "$PGDATA does not belong to user $EUID and cannot be replaced: mount a directory of that user's"
    fi
    if [[ -z $(getent passwd "$EUID" || true) ]]; then name_user; fi
}

# initdb asks for the name of its user, whom `--user 1234` leaves without one.
name_user() {
    local library
    library=$(compgen -G '/usr/lib/*/libnss_wrapper.so') || die "user $EUID has no name, and libnss_wrapper.so is missing"
    NSS_WRAPPER_PASSWD=$(mktemp)
    NSS_WRAPPER_GROUP=$(mktemp)
    printf 'postgres:x:%s:%s:PostgreSQL:%s:/bin/false\n' "$EUID" "$(id -g)" "$PGDATA" >"$NSS_WRAPPER_PASSWD"
    printf 'postgres:x:%s:\n' "$(id -g)" >"$NSS_WRAPPER_GROUP"
    export LD_PRELOAD=$library NSS_WRAPPER_PASSWD NSS_WRAPPER_GROUP
}

# The server inherits this lock and so holds it as long as it lives. Its own guard, postmaster.pid,
# cannot see into another container: two of them would ruin each other's data, or one would start
# over what the other is just doing for the first time.
hold_data_directory() {
    local hold code=0
    exec {hold}<"$PGDATA"
    flock --nonblock --conflict-exit-code 75 "$hold" || code=$?
    if ((code == 75)); then die "$PGDATA is in use by another container"; fi
    if ((code != 0)); then printf 'entry.sh: %s cannot be locked; nothing else may use it\n' "$PGDATA" >&2; fi
}

# The mark goes last, so that a kill in here is repaired as well. The write-ahead log may live
# elsewhere (--waldir), where initdb wants to find nothing.
start_over() {
    local wal
    printf 'entry.sh: an earlier first start did not finish; starting over\n' >&2
    for wal in "$PGDATA/pg_wal" "$PGDATA/$unfinished/cluster/pg_wal"; do
        if [[ -L $wal && -d $wal ]]; then find "$wal/" -mindepth 1 -delete; fi
    done
    find "$PGDATA" -mindepth 1 -maxdepth 1 ! -name "$unfinished" -exec rm -rf {} +
    rm -rf "${PGDATA:?}/$unfinished"
}

# --- The first start ----------------------------------------------------------------------------

first_start() {
    local cluster=$PGDATA/$unfinished/cluster
    require_password
    if (shopt -s dotglob && compgen -G "$PGDATA/*" >/dev/null); then
        die "$PGDATA is not empty, but holds no database: it is left alone; empty it, or name a directory inside it as PGDATA"
    fi
    mkdir "$PGDATA/$unfinished"
    make_cluster "$cluster"
    # PG_VERSION, the only name in capitals, comes last: without it nobody takes this for a database.
    mv --target-directory="$PGDATA" "$cluster"/[!P]* "$cluster/PG_VERSION"
    chmod --reference="$cluster" "$PGDATA"
    authorise

    start_temporary_server "$@"
    create_database
    run_scripts
    stop_temporary_server
    finish "$@"
    printf '\nPostgreSQL init process complete; ready for start up.\n\n'
}

make_cluster() {
    if seed_fits; then
        copy_seed "$1"
        if [[ -n ${POSTGRES_PASSWORD:-} ]]; then set_password "$1"; fi
    else
        run_initdb "$1"
    fi
}

# The seed is what initdb makes by default; whoever wants something else gets initdb itself.
seed_fits() {
    [[ -d $seed && $POSTGRES_USER == postgres && -z ${POSTGRES_INITDB_ARGS:-} ]] \
        && [[ -z ${TZ:-} && ${LANG:-} == C.UTF-8 && -z ${LANGUAGE:-} ]] && [[ -z $(compgen -v LC_ || true) ]]
}

# The databases are copied side by side: on storage drivers in user space the time goes into the
# number of files. In a subshell, because the scripts must not inherit the umask.
copy_seed() (
    copies=()
    umask 077
    mkdir -p "$1/base"
    for part in "$seed"/base/*; do
        cp --recursive "$part" "$1/base" &
        copies+=($!)
    done
    cp --recursive "$seed"/[!b]* "$1"
    for part in "${copies[@]}"; do wait "$part"; done
    # The image holds the segments without the zeros at their ends.
    truncate --size=16M "$1"/pg_wal/????????????????????????
)

# In single-user mode, where no setting of the coming server (log_statement, pg_stat_statements)
# can write the statement down, and through a pipe, so that no process list shows it.
set_password() {
    printf "alter role postgres password '%s'\n" "${POSTGRES_PASSWORD//\'/\'\'}" \
        | postgres --single -D "$1" -c exit_on_error=on -c log_min_error_statement=panic \
            -c standard_conforming_strings=on -c password_encryption=scram-sha-256 -c fsync=off \
            postgres >/dev/null \
        || die "could not set the superuser's password"
}

# Durability is the business of `finish`, once for all steps.
run_initdb() {
    local arguments=() own=(--pgdata="$1" --username="$POSTGRES_USER" --auth-local=trust --auth-host=scram-sha-256 --no-sync)
    # Quotes inside the variable count, as they do in the official image.
    eval "arguments=(${POSTGRES_INITDB_ARGS:-})"
    if [[ -n ${POSTGRES_PASSWORD:-} ]]; then
        initdb "${own[@]}" --pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD") "${arguments[@]}"
    else
        initdb "${own[@]}" "${arguments[@]}"
    fi
}

# initdb's own lines cover the container's loopback only. A method that was asked for replaces
# them, else "trust" would not let in who connects from inside.
authorise() {
    local method=${POSTGRES_HOST_AUTH_METHOD:-} file=$PGDATA/pg_hba.conf
    if [[ -n $method ]]; then
        sed -i '/^host/d' "$file"
        printf 'host replication all samehost %s\n' "$method" >>"$file"
    elif [[ -n ${POSTGRES_INITDB_ARGS:-} ]]; then
        # `--auth-host=md5` makes initdb store an MD5 password, with which SCRAM cannot work.
        method=$(postgres -C password_encryption)
    fi
    printf 'host all all all %s\n' "${method:-scram-sha-256}" >>"$file"
}

# Listens on a socket of its own only: in the official image pg_isready, asked over the usual
# socket, calls this server ready, and a moment later it is gone. Scripts find it through PGHOST.
start_temporary_server() {
    export PGHOST=/run/postgresql/.first-start PGPASSWORD=${PGPASSWORD:-${POSTGRES_PASSWORD:-}}
    rm -rf "$PGHOST"
    mkdir -p "$PGHOST"
    "$@" -c listen_addresses= -c unix_socket_directories="$PGHOST" -c fsync=off 2>&1 &
    server=$!
    await "the temporary server's start" server_is_ready
}

# The server writes its port and its state into lines 4 and 8 of this file; pg_ctl waits for the same.
server_is_ready() {
    local lines=()
    kill -0 "$server" 2>/dev/null || die "the temporary server did not start; its words are above"
    if [[ -s $PGDATA/postmaster.pid ]]; then mapfile -t lines <"$PGDATA/postmaster.pid"; fi
    export PGPORT=${lines[3]:-}
    [[ ${lines[7]:-} == ready* ]]
}

server_is_gone() {
    ! kill -0 "$server" 2>/dev/null
}

stop_temporary_server() {
    kill -INT "$server"
    await "the temporary server's stop" server_is_gone
    wait "$server" || die "the temporary server ended with exit code $?"
    rm -rf "$PGHOST"
}

# PGCTLTIMEOUT is pg_ctl's own variable for how long a start or stop may take, in seconds.
await() {
    local what=$1 deadline=$((SECONDS + ${PGCTLTIMEOUT:-60}))
    shift
    until "$@"; do
        ((SECONDS < deadline)) || die "gave up waiting for $what after ${PGCTLTIMEOUT:-60} s"
        sleep 0.01
    done
}

# Named as in the official image, because sourced scripts may call it.
docker_process_sql() {
    psql --set ON_ERROR_STOP=1 --no-password --no-psqlrc --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" "$@"
}

create_database() {
    local found
    if [[ $POSTGRES_DB == postgres ]]; then return; fi
    found=$(docker_process_sql --dbname postgres --set db="$POSTGRES_DB" --tuples-only --no-align \
        <<<"select 1 from pg_catalog.pg_database where datname = :'db'")
    if [[ -z $found ]]; then
        docker_process_sql --dbname postgres --set db="$POSTGRES_DB" <<<'create database :"db"'
    fi
}

run_scripts() {
    local file
    for file in "$scripts"/*; do
        case $file in
            "$scripts/*") ;;
            *.sh) run_shell_script "$file" ;;
            *.sql) printf '%s: running %s\n' "$0" "$file"; docker_process_sql --file "$file" ;;
            *.sql.gz) printf '%s: running %s\n' "$0" "$file"; gunzip --stdout "$file" | docker_process_sql ;;
            *.sql.xz | *.sql.zst) die "$file: this image can only unpack .gz" ;;
            *) printf '%s: ignoring %s\n' "$0" "$file" ;;
        esac
    done
}

# An executable script runs by itself, another is sourced: on some platforms mounted files cannot be
# made executable. It is sourced into a subshell, so that its functions and traps cannot take the
# place of the ones here: a `finish` of its own would lose the data at the next start.
run_shell_script() {
    if [[ -x $1 ]]; then
        printf '%s: running %s\n' "$0" "$1"
        "$1"
    else
        printf '%s: sourcing %s\n' "$0" "$1"
        # shellcheck disable=SC1090 # The name is only known at run time.
        (. "$1")
    fi
}

# Up to here nothing has waited for the disk. Whoever turned fsync off does not want to wait now
# either; but the removal of the mark must arrive in any case: a mark that came back after a power
# cut would cost the data written since.
finish() {
    if [[ $("$@" -C fsync) != off ]]; then
        # Table spaces and the write-ahead log (--waldir) may be on other file systems.
        find -L "$PGDATA" "$PGDATA/pg_wal" "$PGDATA/pg_tblspc" -maxdepth 1 -type d -exec sync --file-system {} +
    fi
    rm -r "${PGDATA:?}/$unfinished"
    sync "$PGDATA"
}

main "$@"
