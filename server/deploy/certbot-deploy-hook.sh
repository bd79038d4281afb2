#!/bin/sh
# Gives the gateway, which is not root, a renewed certificate of certbot, and has it read.
#
#   groupadd --system chaton-tls
#   install -m 755 certbot-deploy-hook.sh /etc/letsencrypt/renewal-hooks/deploy/chaton
#   RENEWED_LINEAGE=/etc/letsencrypt/live/chat.example.org /etc/letsencrypt/renewal-hooks/deploy/chaton
#
# certbot runs it as root after each renewal; the last line is for the first time. See “Certificates of certbot” in README.md.
set -eu

# Only this certificate, if certbot has several: its folder below /etc/letsencrypt/live. Empty for any.
lineage=${CHATON_TLS_LINEAGE-}
# Where the gateway reads it, and the group that may.
folder=${CHATON_TLS_FOLDER-/etc/chaton/tls}
group=${CHATON_TLS_GROUP-chaton-tls}
# Has it read at once; without, the gateway notices by itself within 2 s. For a container: docker kill --signal HUP NAME
# Unless something else is given, the unit is told, where there is one.
reload=${CHATON_TLS_RELOAD-}
[ -n "${CHATON_TLS_RELOAD+given}" ] || ! systemctl cat chaton.service > /dev/null 2>&1 ||
  reload='systemctl try-reload-or-restart chaton.service'

[ -z "$lineage" ] || [ "$RENEWED_LINEAGE" = "$lineage" ] || exit 0
# Above the files so that whoever is not of the group cannot come near them.
install -d -m 755 "$(dirname "$folder")"
install -d -m 750 -g "$group" "$folder"
# What certbot has there are links, which are followed. Each file is replaced in one step.
for name in privkey fullchain; do
  install -m 640 -g "$group" "$RENEWED_LINEAGE/$name.pem" "$folder/.$name.new"
  mv -f "$folder/.$name.new" "$folder/$name.pem"
done
# Words, not one: a command with its arguments.
# shellcheck disable=SC2086
[ -z "$reload" ] || $reload
