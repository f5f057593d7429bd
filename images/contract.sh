#!/bin/bash
# Proves what the image howdah-postgres:VERSION promises, against real containers:
#
#     images/contract.sh 17
#
# Ends with a sentence and exit code 1 at the first broken promise. IMAGE names another image,
# ENGINE another command than docker. Containers and volumes of a run carry one label and are
# removed at its end.
set -Eeuo pipefail

version=${1:?usage: contract.sh VERSION, one of 13, 15, 17, 18}
image=${IMAGE:-howdah-postgres:$version}
engine=${ENGINE:-docker}
label=howdah.contract=$$
size_limit=145000000
ready='database system is ready to accept connections'
# Everything that quoting could get wrong.
password="it's a \"very\" \\odd\\ \$HOME %s & {pass}'word\\"
scratch=$(mktemp -d)
# initdb.d must be readable by the image's postgres user.
chmod 755 "$scratch"
promise=''
container=''
port=''

main() {
    for promise in the_size_is_small the_image_describes_itself the_ready_line_comes_once_on_each_stream \
        tcp_asks_for_a_scram_password user_and_database_are_made scripts_run_once initdb_arguments_count \
        trust_needs_no_password no_password_is_refused secrets_come_from_a_file secrets_stay_secret \
        server_arguments_count other_commands_run no_process_is_root any_user_will_do it_stops_quickly \
        a_restart_keeps_the_data a_killed_first_start_is_repaired a_foreign_directory_is_left_alone \
        a_volume_serves_one_container a_read_only_root_will_do the_tools_are_there the_extensions_are_there the_start_is_quick; do
        "$promise"
        printf 'ok   %s\n' "${promise//_/ }"
        remove_containers
    done
}

# --- Tools --------------------------------------------------------------------------------------

broken() {
    printf 'BROKEN: %s: %s: %s\n' "$image" "${promise//_/ }" "$*" >&2
    if [[ -n $container ]]; then "$engine" logs "$container" 2>&1 | tail -n 20 >&2 || true; fi
    exit 1
}

remove_containers() {
    local all=()
    mapfile -t all < <("$engine" ps --all --quiet --filter "label=$label")
    if ((${#all[@]})); then "$engine" rm --force --volumes "${all[@]}" >/dev/null; fi
    mapfile -t all < <("$engine" volume ls --quiet --filter "label=$label")
    if ((${#all[@]})); then "$engine" volume rm --force "${all[@]}" >/dev/null; fi
    container=''
}
trap 'remove_containers; rm -rf "$scratch"' EXIT
trap 'broken "the check itself failed in line $LINENO"' ERR

# start OPTION... -- ARGUMENT...: a container with a free port; sets `container`.
start() {
    local options=()
    while (($#)) && [[ $1 != -- ]]; do options+=("$1"); shift; done
    if (($#)); then shift; fi
    container=$("$engine" run --detach --label "$label" --publish 127.0.0.1::5432 "${options[@]}" "$image" "$@")
}

# eventually SECONDS COMMAND...
eventually() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        ((SECONDS < deadline)) || return 1
        sleep 0.05
    done
}

# has WORDS: looks through its whole input. `grep -q` would end early and kill the program before it
# in the pipe, which counts as a failure here.
has() {
    grep -a -- "$1" >/dev/null
}

has_stopped() {
    ! is_running
}

is_running() {
    [[ $("$engine" inspect --format '{{.State.Running}}' "$container") == true ]]
}

is_ready() {
    has_stopped || "$engine" logs "$container" 2>&1 >/dev/null | has "$ready"
}

await_ready() {
    eventually 60 is_ready || broken "the server is not ready after 60 s"
    is_running || broken "the container has ended"
    port=$("$engine" port "$container" 5432/tcp | sed -n '1s/.*://p')
}

# A new container's first start, done.
up() {
    start "$@"
    await_ready
}

if ! command -v psql >/dev/null; then
    psql() { "$engine" run --rm --network host --env PGPASSWORD --env PGCONNECT_TIMEOUT --entrypoint psql "$image" "$@"; }
fi

# sql USER DATABASE STATEMENT: over TCP through the published port, as a service would.
sql() {
    PGPASSWORD=${PGPASSWORD-$password} PGCONNECT_TIMEOUT=5 psql --no-psqlrc --no-password --tuples-only --no-align --quiet \
        --set ON_ERROR_STOP=1 --host 127.0.0.1 --port "$port" --username "$1" --dbname "$2" --command "$3"
}

expect() {
    local wanted=$1 found
    shift
    found=$("$@" 2>&1) || broken "$* failed: $found"
    [[ $found == "$wanted" ]] || broken "$* gave \"$found\" instead of \"$wanted\""
}

inside() {
    "$engine" exec "$container" "$@"
}

# script NAME MODE <<<TEXT: a file for /docker-entrypoint-initdb.d.
script() {
    mkdir -p "$scratch/initdb.d"
    cat >"$scratch/initdb.d/$1"
    chmod "$2" "$scratch/initdb.d/$1"
}

with_password=(--env "POSTGRES_PASSWORD=$password")
with_scripts=(--volume "$scratch/initdb.d:/docker-entrypoint-initdb.d:ro")

# --- Promises -----------------------------------------------------------------------------------

the_size_is_small() {
    local size
    size=$("$engine" image inspect --format '{{.Size}}' "$image")
    printf 'size %s bytes\n' "$size"
    ((size <= size_limit)) || broken "$size bytes are more than $size_limit"
}

the_image_describes_itself() {
    local key
    for key in org.opencontainers.image.title org.opencontainers.image.description howdah.recipe howdah.packages; do
        [[ -n $("$engine" image inspect --format "{{index .Config.Labels \"$key\"}}" "$image") ]] || broken "there is no label $key"
    done
    expect SIGINT "$engine" image inspect --format '{{.Config.StopSignal}}' "$image"
    expect 'map[5432/tcp:{}]' "$engine" image inspect --format '{{.Config.ExposedPorts}}' "$image"
}

the_ready_line_comes_once_on_each_stream() {
    local out err
    up "${with_password[@]}"
    out=$("$engine" logs --timestamps "$container" 2>/dev/null | grep "$ready") || broken "it is missing on stdout"
    err=$("$engine" logs --timestamps "$container" 2>&1 >/dev/null | grep "$ready") || broken "it is missing on stderr"
    [[ $(wc -l <<<"$out") == 1 && $(wc -l <<<"$err") == 1 ]] || broken "it comes more than once: $out $err"
    [[ ${out%% *} < ${err%% *} ]] || broken "stderr has it first: $out $err"
    "$engine" stop "$container" >/dev/null
    "$engine" start "$container" >/dev/null
    eventually 30 was_ready_twice || broken "after a restart it is missing on stderr"
    [[ $("$engine" logs "$container" 2>/dev/null | grep -c "$ready") == 1 ]] || broken "after a restart it is on stdout again"
}

was_ready_twice() {
    [[ $("$engine" logs "$container" 2>&1 >/dev/null | grep -c "$ready") == 2 ]]
}

tcp_asks_for_a_scram_password() {
    up "${with_password[@]}"
    expect 1 sql postgres postgres 'select 1'
    expect "$version" sql postgres postgres "select current_setting('server_version_num')::int / 10000"
    expect t sql postgres postgres "select rolpassword like 'SCRAM-SHA-256\$%' from pg_authid where rolname = 'postgres'"
    if PGPASSWORD=wrong sql postgres postgres 'select 1' >/dev/null 2>&1; then broken "a wrong password was let in"; fi
    if inside psql --no-password --host 127.0.0.1 --username postgres --command 'select 1' >/dev/null 2>&1; then
        broken "the container's loopback needs no password"
    fi
    expect 1 inside psql --no-align --tuples-only --username postgres --command 'select 1'
}

user_and_database_are_made() {
    up "${with_password[@]}" --env POSTGRES_USER=some-one --env 'POSTGRES_DB=Some "thing"'
    expect 'some-one|t|Some "thing"' sql some-one 'Some "thing"' \
        "select current_user, rolsuper, current_database() from pg_roles where rolname = current_user"
    expect 'some-one' sql some-one postgres "select string_agg(rolname, ',') from pg_roles where rolname !~ '^pg_'"
    remove_containers
    up "${with_password[@]}" --env POSTGRES_USER=app
    expect app sql app app 'select current_database()'
    remove_containers
    up "${with_password[@]}" --env POSTGRES_DB=only_db
    expect 'only_db|postgres' sql postgres only_db 'select current_database(), current_user'
}

scripts_run_once() {
    rm -rf "$scratch/initdb.d"
    script 1.sql 644 <<<"create table log (step serial, what text); insert into log (what) values ('sql ' || current_database());"
    script 2.sh 644 <<<"die() { exit 9; }; finish() { exit 9; }
        psql -v ON_ERROR_STOP=1 --username \"\$POSTGRES_USER\" --dbname \"\$POSTGRES_DB\" -c \"insert into log (what) values ('sourced')\""
    script 3.sh 755 <<<"#!/bin/sh
        psql -v ON_ERROR_STOP=1 --username \"\$POSTGRES_USER\" --dbname \"\$POSTGRES_DB\" -c \"insert into log (what) values ('executed')\""
    gzip --stdout <<<"insert into log (what) values ('gz');" | script 4.sql.gz 644
    script 5.txt 644 <<<"not for the database"
    up "${with_password[@]}" "${with_scripts[@]}" --env POSTGRES_DB=app
    expect 'sql app,sourced,executed,gz' sql postgres app "select string_agg(what, ',' order by step) from log"
    "$engine" restart "$container" >/dev/null
    port=$("$engine" port "$container" 5432/tcp | sed -n '1s/.*://p')
    eventually 30 sql postgres app 'select 1' || broken "the server does not come back"
    expect 4 sql postgres app 'select count(*) from log'
    remove_containers

    script 6.sql 644 <<<'select this is not sql'
    start "${with_password[@]}" "${with_scripts[@]}"
    eventually 30 has_stopped || broken "a script with an error did not end the start"
    [[ $("$engine" inspect --format '{{.State.ExitCode}}' "$container") != 0 ]] || broken "a script with an error ends with exit code 0"
}

initdb_arguments_count() {
    up "${with_password[@]}" --env POSTGRES_INITDB_ARGS='--data-checksums --auth-local=scram-sha-256 --lc-messages="C"'
    expect 'on|C' sql postgres postgres "select current_setting('data_checksums'), current_setting('lc_messages')"
    if inside psql --no-password --username postgres --command 'select 1' >/dev/null 2>&1; then broken "--auth-local is ignored"; fi
    expect 1 "$engine" exec --env "PGPASSWORD=$password" "$container" psql -At --username postgres --command 'select 1'
    remove_containers
    # An MD5 password can only be checked by the method md5.
    up "${with_password[@]}" --env POSTGRES_INITDB_ARGS=--auth-host=md5
    expect 1 sql postgres postgres 'select 1'
    remove_containers
    up "${with_password[@]}" --env TZ=Europe/Berlin
    expect Europe/Berlin sql postgres postgres 'show timezone'
    remove_containers
    up "${with_password[@]}" --env POSTGRES_INITDB_ARGS=--waldir=/tmp/wal
    expect 1 sql postgres postgres 'select 1'
}

trust_needs_no_password() {
    up --env POSTGRES_HOST_AUTH_METHOD=trust
    PGPASSWORD='' expect 1 sql postgres postgres 'select 1'
    expect 1 inside psql -At --no-password --host 127.0.0.1 --username postgres --command 'select 1'
}

# refused WORDS OPTION...: the container must end by itself, with a sentence.
refused() {
    local words=$1 code
    shift
    start "$@"
    eventually 20 has_stopped || broken "the container runs"
    code=$("$engine" inspect --format '{{.State.ExitCode}}' "$container")
    [[ $code == 1 ]] || broken "it ends with exit code $code instead of 1"
    "$engine" logs "$container" 2>&1 >/dev/null | has "$words" || broken "it does not say \"$words\""
}

no_password_is_refused() {
    refused 'no superuser password'
    refused 'more than one line' --env POSTGRES_PASSWORD=$'two\nlines'
}

secrets_come_from_a_file() {
    printf '%s\n' "$password" >"$scratch/secret"
    chmod 600 "$scratch/secret"
    up --volume "$scratch/secret:/run/secrets/pw:ro" --env POSTGRES_PASSWORD_FILE=/run/secrets/pw
    expect 1 sql postgres postgres 'select 1'
    refused 'cannot be read' --env POSTGRES_PASSWORD_FILE=/run/secrets/nothing
    refused 'leave one out' --volume "$scratch/secret:/run/secrets/pw:ro" --env POSTGRES_PASSWORD_FILE=/run/secrets/pw --env POSTGRES_PASSWORD=x
}

# Both ways a password gets in (seed, initdb), with settings that write every statement down.
secrets_stay_secret() {
    local secret=c0ntractS3cret options found deadline
    for options in POSTGRES_INITDB_ARGS= POSTGRES_INITDB_ARGS=--encoding=UTF8; do
        start --env "POSTGRES_PASSWORD=$secret" --env "$options" -- -c log_statement=all -c log_min_duration_statement=0 \
            -c debug_print_parse=on -c shared_preload_libraries=pg_stat_statements
        deadline=$((SECONDS + 60))
        while ! is_ready && ((SECONDS < deadline)); do
            found=$(processes) || continue
            if has "$secret" <<<"$found"; then broken "the password is in the process list ($options)"; fi
        done
        await_ready
        if "$engine" logs "$container" 2>&1 | has "$secret"; then broken "the password is in the log ($options)"; fi
        if server_environment | has "$secret"; then broken "the server inherits the password ($options)"; fi
        found=$(inside find /var/lib/postgresql /tmp /run -type f -exec grep -a -l "$secret" {} +) || true
        [[ -z $found ]] || broken "the password is in $found ($options)"
        PGPASSWORD=$secret sql postgres postgres 'create extension pg_stat_statements' || broken "pg_stat_statements cannot be loaded"
        found=$(PGPASSWORD=$secret sql postgres postgres "select count(*) from pg_stat_statements where query like '%$secret%'")
        [[ $found == 0 ]] || broken "the password is in pg_stat_statements ($options)"
        remove_containers
    done
}

processes() {
    "$engine" top "$container" -eo pid,uid,args 2>/dev/null
}

# Only the server's own user may read it, not even root without further rights.
server_environment() {
    "$engine" exec --user "$(inside stat --format %u:%g /proc/1)" "$container" cat /proc/1/environ
}

server_arguments_count() {
    up "${with_password[@]}" -- -c fsync=off -c max_connections=17
    expect 'off|17' sql postgres postgres "select current_setting('fsync'), current_setting('max_connections')"
    remove_containers
    up "${with_password[@]}" -- postgres -c work_mem=5MB
    expect '5MB' sql postgres postgres 'show work_mem'
    refused 'temporary server did not start' "${with_password[@]}" -- -c no_such_setting=1
}

other_commands_run() {
    [[ $("$engine" run --rm --label "$label" "$image" --version) == "postgres (PostgreSQL) $version."* ]] || broken "--version does not work"
    expect hello "$engine" run --rm --label "$label" "$image" sh -c 'echo hello'
}

no_process_is_root() {
    local found
    up "${with_password[@]}"
    found=$(processes)
    has 'postgres: checkpointer' <<<"$found" || broken "there is no server in the process list: $found"
    if has '^ *[0-9]*  *0 ' <<<"$found"; then broken "a process runs as root: $found"; fi
    [[ $(inside cat /proc/1/comm) == postgres ]] || broken "process 1 is not the server"
}

any_user_will_do() {
    local user
    for user in postgres 1234:1234; do
        up "${with_password[@]}" --user "$user" --env POSTGRES_INITDB_ARGS=--encoding=UTF8
        expect 1 sql postgres postgres 'select 1'
        remove_containers
        up "${with_password[@]}" --user "$user"
        expect 1 sql postgres postgres 'select 1'
        if server_environment | has nss_wrapper; then broken "the server runs with a preloaded library"; fi
        remove_containers
    done
    volume pg
    up "${with_password[@]}" --user postgres --volume "$volume:/var/lib/postgresql/data"
    expect 1 sql postgres postgres 'select 1'
    remove_containers
    volume foreign
    refused 'does not belong to user 1234' "${with_password[@]}" --user 1234:1234 --volume "$volume:/var/lib/postgresql/data"
}

# volume NAME: sets `volume`.
volume() {
    volume=$("$engine" volume create --label "$label" "contract-$1-$$")
}

it_stops_quickly() {
    local client before after
    up "${with_password[@]}"
    sql postgres postgres 'select pg_sleep(30)' >/dev/null 2>&1 &
    client=$!
    eventually 10 busy || broken "the client did not get in"
    before=$(date +%s%N)
    "$engine" stop --time 20 "$container" >/dev/null
    after=$(date +%s%N)
    wait "$client" 2>/dev/null || true
    (((after - before) / 1000000 < 3000)) || broken "with a client connected it took $(((after - before) / 1000000)) ms"
    [[ $("$engine" inspect --format '{{.State.ExitCode}}' "$container") == 0 ]] || broken "the exit code is not 0"
    "$engine" logs "$container" 2>&1 | has 'received fast shutdown request' || broken "it was no fast shutdown"
}

busy() {
    [[ $(sql postgres postgres "select count(*) from pg_stat_activity where query like 'select pg_sleep%'") == 1 ]]
}

a_restart_keeps_the_data() {
    volume data
    up "${with_password[@]}" --volume "$volume:/var/lib/postgresql/data"
    sql postgres postgres 'create table kept as select 42 as answer'
    # The hardest end, and then another container on the same volume, which needs no password again.
    "$engine" kill --signal KILL "$container" >/dev/null
    up --volume "$volume:/var/lib/postgresql/data"
    expect 42 sql postgres postgres 'select answer from kept'
}

# Once in the middle of a script, where everything but the last steps is done, and then wherever
# the clock strikes.
a_killed_first_start_is_repaired() {
    local delay options
    rm -rf "$scratch/initdb.d"
    script 1.sql 644 <<<"create table made as select 1 as one; alter system set work_mem = '7MB'"
    script 2.sh 755 <<<'#!/bin/sh
        if [ ! -e /var/lib/postgresql/mark ]; then touch /var/lib/postgresql/mark; sleep 60; fi'
    for options in POSTGRES_INITDB_ARGS= POSTGRES_INITDB_ARGS=--waldir=/var/lib/postgresql/wal; do
        start "${with_password[@]}" "${with_scripts[@]}" --env "$options"
        eventually 30 inside test -e /var/lib/postgresql/mark || broken "the script did not run"
        "$engine" kill --signal KILL "$container" >/dev/null
        "$engine" start "$container" >/dev/null
        await_ready
        "$engine" logs "$container" 2>&1 | has 'starting over' || broken "the next start took the torso for a database"
        expect '1|7MB' sql postgres postgres "select count(*), current_setting('work_mem') from made"
        remove_containers
    done
    for delay in 0.05 0.1 0.15 0.2 0.25 0.3 0.4 0.5 0.6 0.8; do
        volume "kill-$delay"
        start "${with_password[@]}" --volume "$volume:/var/lib/postgresql/data"
        sleep "$delay"
        "$engine" kill --signal KILL "$container" >/dev/null
        up "${with_password[@]}" --volume "$volume:/var/lib/postgresql/data"
        expect 1 sql postgres postgres 'select 1'
        remove_containers
    done
}

a_foreign_directory_is_left_alone() {
    mkdir -p "$scratch/foreign"
    echo precious >"$scratch/foreign/file"
    refused 'it is left alone' "${with_password[@]}" --volume "$scratch/foreign:/var/lib/postgresql/data"
    [[ $(<"$scratch/foreign/file") == precious && $(ls -A "$scratch/foreign") == file ]] || broken "its content was changed"
}

a_volume_serves_one_container() {
    local first
    volume shared
    up "${with_password[@]}" --volume "$volume:/var/lib/postgresql/data"
    first=$container
    refused 'in use by another container' "${with_password[@]}" --volume "$volume:/var/lib/postgresql/data"
    container=$first
    expect 1 sql postgres postgres 'select 1'
    "$engine" kill --signal KILL "$container" >/dev/null
    "$engine" start "$container" >/dev/null
    port=$("$engine" port "$container" 5432/tcp | sed -n '1s/.*://p')
    eventually 30 sql postgres postgres 'select 1' || broken "a killed container's lock outlives it"
}

a_read_only_root_will_do() {
    volume ro
    up "${with_password[@]}" --read-only --tmpfs /tmp --tmpfs /run --volume "$volume:/var/lib/postgresql/data"
    expect 1 sql postgres postgres 'select 1'
    inside pg_isready --quiet || broken "the usual socket does not answer"
}

the_tools_are_there() {
    local tool
    up "${with_password[@]}"
    for tool in psql pg_isready pg_dump pg_dumpall pg_restore pg_basebackup pg_ctl initdb pgbench vacuumdb; do
        inside "$tool" --version >/dev/null || broken "$tool does not run"
    done
    inside bash -c 'pg_dump --username postgres postgres >/dev/null && pg_basebackup --username postgres --pgdata /tmp/copy --wal-method stream' \
        || broken "a dump or base backup failed"
    expect 'C.UTF-8|UTF8' sql postgres postgres \
        "select datcollate, pg_encoding_to_char(encoding) from pg_database where datname = 'postgres'"
    expect t sql postgres postgres "select 'ä' collate \"de-x-icu\" < 'b' collate \"de-x-icu\""
    expect 14:00:00 sql postgres postgres "select (timestamptz '2024-07-01 12:00Z' at time zone 'Europe/Berlin')::time"
    expect posix sql postgres postgres 'show dynamic_shared_memory_type'
    sql postgres postgres 'create database copy' || broken "template1 cannot be copied"
}

the_extensions_are_there() {
    local extensions extension found
    up "${with_password[@]}" -- -c shared_preload_libraries=pg_stat_statements
    extensions=$(sql postgres postgres 'select name from pg_available_extensions order by name')
    for extension in pg_stat_statements pg_trgm pgcrypto citext hstore uuid-ossp btree_gist postgres_fdw unaccent; do
        has "^$extension\$" <<<"$extensions" || broken "$extension is missing"
    done
    while read -r extension; do
        found=$(sql postgres postgres "create extension if not exists \"$extension\" cascade" 2>&1) || broken "$extension: $found"
    done <<<"$extensions"
    expect t sql postgres postgres "select decrypt(encrypt('x', 'key', 'aes'), 'key', 'aes') = 'x'"
    expect Hello sql postgres postgres "select unaccent('Hélló')"
}

the_start_is_quick() {
    local where before after
    for where in layer tmpfs; do
        local options=()
        if [[ $where == tmpfs ]]; then options=(--tmpfs /var/lib/postgresql/data); fi
        before=$(date +%s%N)
        start "${with_password[@]}" "${options[@]}" -- -c fsync=off
        port=$("$engine" port "$container" 5432/tcp | sed -n '1s/.*://p')
        eventually 30 sql postgres postgres 'select 1' || broken "no answer after 30 s"
        after=$(date +%s%N)
        printf 'run to first query, data on %s: %s ms\n' "$where" $(((after - before) / 1000000))
        remove_containers
    done
}

main
