#!/bin/bash
# Customize hook of mmdebstrap: turns a freshly installed Debian root ($1) into the content of the
# image, by keeping a list of files and removing everything else. PG_MAJOR names the server.
#
# A list of what stays, rather than of what goes, because Debian's PostgreSQL depends on perl,
# systemd and LLVM (250 to 500 MB) and a new release may add more; what nobody asked for must not
# come in by itself. Shared libraries are found with ldd, so the list names programs only.
set -Eeuo pipefail

# Packages that stay as a whole, apart from their manuals and translations.
packages=(
    "postgresql-$PG_MAJOR" "postgresql-client-$PG_MAJOR"
    # What scripts in /docker-entrypoint-initdb.d may expect to find.
    bash dash coreutils sed grep findutils gzip tar mawk hostname debianutils
    # Time zones for the server; names of ports; terminal descriptions for an interactive psql.
    tzdata netbase ncurses-base
    # Who and what this system is.
    base-files base-passwd libc-bin
    # Gives a name to a user who has none in /etc/passwd (`docker run --user 1234`).
    libnss-wrapper
)

# Single files out of a package that is too big, and what programs load without linking to it:
# name services, libgcc (for ending threads) and OpenSSL's old ciphers (for pgcrypto, where a
# configuration of one's own turns them on).
extras=(
    /usr/bin/setpriv /usr/bin/flock /usr/bin/more
    /etc/passwd /etc/group /etc/nsswitch.conf /etc/localtime /etc/ssl/openssl.cnf
    '/lib/*-linux-gnu/libnss_*.so*' '/lib/*-linux-gnu/libgcc_s.so*' '/lib/*-linux-gnu/ossl-modules/*'
    '/usr/lib/*-linux-gnu/libnss_*.so*' '/usr/lib/*-linux-gnu/libgcc_s.so*'
    '/usr/lib/*-linux-gnu/ossl-modules/*'
)

# Parts of the packages above that only serve readers, compilers and the JIT compiler, whose
# library (LLVM) alone is bigger than the whole image; without it the server runs uncompiled.
unwanted='^/usr/share/(man|info|locale|lintian|bash-completion|bug|menu|applications|gettext|perl5|zoneinfo-icu)/'
unwanted+='|^/usr/share/doc/.*/(changelog|NEWS|README|examples|TODO|FAQ)'
unwanted+='|^/usr/lib/postgresql/[0-9]+/lib/(bitcode|pgxs|llvmjit)|^/usr/share/postgresql/[0-9]+/man/'
unwanted+='|^/usr/lib/[^/]+/(cmake|pkgconfig)/|^/usr/share/zoneinfo/(right|posix)/'

main() {
    # The script deletes: it must never run on anything but a root made for this purpose.
    [[ -n ${1:-} && -e $1/var/lib/dpkg/status && $(realpath "$1") != / ]] \
        || fail "usage: PG_MAJOR=17 shrink.sh ROOT, and ROOT must be a Debian system other than the running one"
    root=$(realpath "$1")
    lists=$(mktemp -d)
    trap 'rm -rf "$lists"' EXIT

    listen_on_all_addresses
    make_seed
    record_packages
    list_wanted >"$lists/wanted"
    add_libraries "$lists/wanted" >"$lists/keep"
    remove_all_but "$lists/keep"
    make_directories
    check_links
}

fail() {
    printf 'shrink.sh: %s\n' "$*" >&2
    exit 1
}

inside() {
    chroot "$root" /usr/bin/env -i LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

# Inside a container "localhost" is nobody. Changing the sample covers the seed and every later
# initdb, and still lets `-c listen_addresses=...` win.
listen_on_all_addresses() {
    local sample=$root/usr/share/postgresql/$PG_MAJOR/postgresql.conf.sample
    sed -i "s/^#listen_addresses = 'localhost'/listen_addresses = '*'/" "$sample"
    grep -q "^listen_addresses = '\*'" "$sample" || fail "$sample has no line for listen_addresses any more"
}

# A data directory as initdb leaves it, which the entry point copies instead of running initdb:
# that takes a fraction of the time. It holds no password, so everybody may read it.
make_seed() {
    local seed=/usr/share/howdah/seed bin=/usr/lib/postgresql/$PG_MAJOR/bin
    mkdir -p "$root/usr/share/howdah"
    inside install -d -o postgres "$seed"
    as_postgres "$bin/initdb" --pgdata="$seed" --username=postgres --auth-local=trust --auth-host=scram-sha-256 --no-sync
    # The server was stopped cleanly, so nothing in the write-ahead log is needed any more: 2 MB of
    # it after initdb of release 13, 7 MB after that of release 18.
    as_postgres "$bin/pg_resetwal" --pgdata="$seed"
    # initdb writes down what it found in the building chroot, where /dev/shm may be missing.
    sed -i 's/^dynamic_shared_memory_type = .*/dynamic_shared_memory_type = posix/' "$root$seed/postgresql.conf"
    trim_wal "$root$seed/pg_wal"
    link_databases "$root$seed/base"
    chown -R 0:0 "$root$seed"
    chmod -R a+rX "$root$seed"
}

as_postgres() {
    inside setpriv --reuid=postgres --regid=postgres --clear-groups env LANG=C.UTF-8 LC_ALL= "$@"
}

# A segment is 16 MB, of which all but the first page or two are zeros now. The entry point
# extends the file again with zeros, which makes it the same file.
trim_wal() {
    local segment
    for segment in "$1"/????????????????????????; do
        perl -e 'open my $f, "+<:raw", $ARGV[0] or die "$ARGV[0]: $!"; my ($at, $end) = (0, 0);
                 while (my $n = read $f, my $block, 8192) { $at += $n; $end = $at if $block =~ /[^\0]/ }
                 truncate $f, $end or die "$ARGV[0]: $!"' "$segment"
    done
}

# template0 and postgres are copies of template1, file by file. Hard links store them once; `cp`
# without --preserve=links makes separate files of them again.
link_databases() {
    local file twin
    for file in "$1"/1/*; do
        for twin in "$1"/*/"${file##*/}"; do
            if [[ ! $twin -ef $file ]] && cmp -s "$file" "$twin"; then ln -f "$file" "$twin"; fi
        done
    done
}

# dpkg's own database does not stay, so this is the only record of the versions inside.
record_packages() {
    # shellcheck disable=SC2016 # dpkg-query fills the variables in.
    inside dpkg-query -W -f '${Package}=${Version}\n' >"$root/usr/share/howdah/packages"
}

# Prints what stays, libraries excepted.
list_wanted() {
    {
        inside dpkg -L "${packages[@]}" | grep -Ev "$unwanted"
        inside bash -c 'shopt -s nullglob; printf "%s\n" $*' _ "${extras[@]}"
        inside find /usr/share/howdah
        inside find / -xdev -maxdepth 1 -type l
    } | with_targets
}

# Prints the list in $1 and every shared library that a program or module in it links to.
add_libraries() {
    local path magic elf=()
    while read -r path; do
        if [[ -f $root$path && ! -L $root$path ]]; then
            # Short files end before four bytes; they are no programs either.
            IFS= read -rN 4 magic <"$root$path" || true
            if [[ $magic == $'\x7fELF' ]]; then elf+=("$path"); fi
        fi
    done <"$1"
    inside ldd "${elf[@]}" >"$lists/ldd"
    if grep 'not found' "$lists/ldd" >&2; then fail "these libraries are missing"; fi
    { cat "$1"; sed -nE 's/^\t(.* => )?(\/[^ ]+) \(0x.*/\2/p' "$lists/ldd" | sort -u | with_targets; } | sort -u
}

# Filter over paths: drops those that do not exist (dpkg lists manuals which were never unpacked),
# adds what symlinks point to (/usr/bin/awk leads through /etc/alternatives to mawk), and writes
# /lib as /usr/lib where the release has merged the two.
with_targets() {
    local path target
    merge_usr | while read -r path; do
        while [[ -L $root$path ]]; do
            printf '%s\n' "$path"
            target=$(readlink -- "$root$path")
            [[ $target == /* ]] || target=${path%/*}/$target
            path=$(realpath --canonicalize-missing --no-symlinks -- "$target" | merge_usr)
        done
        if [[ -e $root$path ]]; then printf '%s\n' "$path"; fi
    done | sort -u
}

merge_usr() {
    local script='' top
    for top in bin sbin lib lib32 lib64 libx32; do
        if [[ -L $root/$top ]]; then script+="s|^/$top/|/usr/$top/|;"; fi
    done
    sed "$script"
}

# While a hook runs, the running system's /proc, /sys and devices are mounted inside: not ours to
# touch. The server insists on the seed's empty directories.
remove_all_but() {
    local mounts=(\( -path "$root/dev" -o -path "$root/proc" -o -path "$root/sys" \) -prune)
    find "$root" -xdev "${mounts[@]}" -o ! -type d -printf '/%P\n' | sort -u >"$lists/all"
    comm -23 "$lists/all" <(sort -u "$1") | sed "s|^|$root|" | tr '\n' '\0' | xargs -0 -r rm -f --
    # Deepest first, so that a directory of empty directories goes too.
    find "$root" -xdev -mindepth 1 "${mounts[@]}" -o -type d ! -path "$root/usr/share/howdah/*" -print \
        | sort -r | while read -r dir; do rmdir --ignore-fail-on-non-empty -- "$dir"; done
}

# Directories that the server, its scripts or a container need, though nothing is in them yet.
make_directories() {
    local dir
    for dir in dev proc sys root home etc docker-entrypoint-initdb.d; do mkdir -p "$root/$dir"; done
    for dir in tmp var/tmp; do install -d -m 1777 "$root/$dir"; done
    install -d "$root/run" && install -d -m 1777 "$root/run/lock"
    if [[ ! -L $root/var/run ]]; then ln -s /run "$root/var/run"; fi
    # Open to all, because a container may run as any user. The data directory belongs to postgres,
    # which a new volume mounted there inherits; its parent has no sticky bit, so that another
    # user's entry point can put a directory of its own in that place.
    inside install -d -o postgres -g postgres -m 3777 /run/postgresql
    inside install -d -o postgres -g postgres -m 0777 /var/lib/postgresql
    inside install -d -o postgres -g postgres -m 0700 /var/lib/postgresql/data
}

check_links() {
    local dangling
    dangling=$(inside find / -xdev -xtype l ! -path '/etc/mtab')
    [[ -z $dangling ]] || fail "these links lead nowhere: $dangling"
}

main "$@"
