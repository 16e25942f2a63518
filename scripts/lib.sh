# Shared by the scripts in this folder: the interpreter, packages and messages.
# Everything fetched goes into .cache, so that deleting it is a fresh start.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=$root/.cache
bootstrap=$cache/bootstrap
# The machine's own certificates also hold those of a company's proxy.
export UV_SYSTEM_CERTS=${UV_SYSTEM_CERTS:-1}
export UV_PYTHON_INSTALL_DIR=$cache/uv-python UV_NO_CONFIG=1 UV_NO_PROGRESS=1
unset VIRTUAL_ENV PYTHONPATH PYTHONHOME

fail() {
    echo "error: $*" >&2
    exit 1
}

note() { echo "$*" >&2; }

uv() { "$bootstrap/bin/uv" "$@"; }

hash_of() { cat -- "$@" | sha256sum | cut -c1-12; }

# uv itself comes from the package index with the pip that the machine has. A private
# folder needs no virtual environment and leaves a managed system Python alone.
need_uv() {
    local wanted
    wanted=$(hash_of "$root/requirements/bootstrap.txt")
    [[ $(cat "$bootstrap/.done" 2>/dev/null) != "$wanted" ]] || return 0
    command -v python3 >/dev/null || fail "Python 3 is missing: install python3 with pip."
    python3 -m pip --version >/dev/null 2>&1 ||
        fail "pip is missing: install it, on Debian with 'apt-get install python3-pip'."
    note "Installing uv into .cache ..."
    rm -rf "$bootstrap"
    PIP_ROOT_USER_ACTION=ignore python3 -m pip install --quiet --disable-pip-version-check --require-hashes \
        --only-binary :all: --target "$bootstrap" \
        --requirement "$root/requirements/bootstrap.txt" >&2 ||
        fail "uv could not be installed: is the package index reachable?"
    echo "$wanted" >"$bootstrap/.done"
}

# Install Debian packages when a command is missing and this user may do so.
need_command() {
    local command=$1 package=$2 sudo=
    ! command -v "$command" >/dev/null || return 0
    command -v apt-get >/dev/null ||
        fail "$command is missing: install it with your system's package manager."
    if [[ $(id -u) -ne 0 ]]; then
        sudo -n true 2>/dev/null ||
            fail "$command is missing: run 'sudo apt-get install $package' and try again."
        sudo=sudo
    fi
    mkdir -p "$cache"
    note "Installing $package ..."
    { $sudo apt-get -qq update && $sudo env DEBIAN_FRONTEND=noninteractive apt-get -qq \
        install --no-install-recommends --yes "$package"; } >"$cache/apt.log" 2>&1 ||
        fail "$package could not be installed: see .cache/apt.log."
}

# Set $python to the interpreter of an environment with requirements/NAME.txt.
# Usage: need_venv NAME [interpreter]
need_venv() {
    local name=$1 base=${2:-} file=$root/requirements/$1.txt folder
    folder=$cache/venv-$name-$(hash_of "$file" "$root/requirements/build.txt")
    python=$folder/bin/python
    "$python" -c '' 2>/dev/null || rm -f "$folder/.done"
    if [[ ! -f $folder/.done ]]; then
        [[ -n $base ]] || base=$("$root/scripts/python-3.14") || exit 1
        need_uv
        (flock 9 && make_venv) 9>"$cache/venv-$name.lock" || exit 1
    fi
}

make_venv() {
    [[ ! -f $folder/.done ]] || return 0
    note "Installing the packages of requirements/$name.txt ..."
    rm -rf "$cache/venv-$name"-????????????
    uv venv --quiet --clear --python "$base" "$folder" ||
        fail "The environment $folder could not be made."
    CPATH=$(headers_of "$base") uv pip install --quiet --python "$python" \
        --no-deps --require-hashes --build-constraints "$root/requirements/build.txt" \
        --requirement "$file" ||
        fail "The packages of requirements/$name.txt could not be installed: see above."
    touch "$folder/.done"
}

# An unpacked interpreter does not find its own headers.
headers_of() {
    local prefix=${1%/bin/python3.14}
    [[ $prefix != "$cache"/python/* ]] || echo "$prefix/include:$prefix/include/python3.14"
}
