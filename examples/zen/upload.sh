#!/bin/sh
# Uploads this load balancer's configuration to Lifeboat. For cron on the box, as root; docs/zen.md says on which boxes.
#
#   upload.sh [SETTINGS [ROOT]]
#
# SETTINGS (default /etc/lifeboat-upload.conf, mode 600) is a file for curl with two lines:
#
#   url = "https://abc.execute-api.eu-west-1.amazonaws.com/v1/load-balancers/lb1/snapshots"
#   header = "Authorization: Bearer lifeboat_…"
#
# The token (lifeboat token create --scope snapshot:lb1) can do nothing but upload for this box. Lifeboat takes all
# secrets out before it stores anything; on the way they are protected by TLS alone.
set -eu
umask 077

settings=${1:-/etc/lifeboat-upload.conf}
root=${2:-/}
[ -r "$settings" ] || { echo "upload.sh: $settings cannot be read" >&2; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

cp "$settings" "$work/settings"
cd "$root"

# One release leaves its predecessor's name as a link.
base=
for name in skudonet relianoid zevenet zenloadbalancer; do
	if [ -z "$base" ] && [ -d "usr/local/$name/config" ]; then base=usr/local/$name; fi
done
[ -n "$base" ] || { echo "upload.sh: there is no Zen configuration below $root" >&2; exit 1; }

set -- "$base/config"
for path in \
	"$base/app/mini_httpd/mini_httpd.conf" \
	"$base/app/cherokee/etc/cherokee/cherokee.conf" \
	etc/ssh/sshd_config etc/snmp/snmpd.conf etc/iproute2/rt_tables etc/hostname
do
	if [ -f "$path" ]; then set -- "$@" "$path"; fi
done
# Symbolic links are followed. A second path to one file becomes a hard link to the first, which Lifeboat reads.
tar -chzf "$work/backup.tar.gz" "$@"

status=$(curl --silent --show-error --tlsv1.2 --max-time 120 --config "$work/settings" \
	--header 'Content-Type: application/gzip' --data-binary "@$work/backup.tar.gz" \
	--output "$work/answer" --write-out '%{http_code}')
case $status in
	200 | 201) ;;
	*)
		echo "upload.sh: Lifeboat answers $status:" >&2
		cat "$work/answer" >&2
		echo >&2
		exit 1
		;;
esac
