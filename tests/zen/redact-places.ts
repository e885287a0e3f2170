// Where secrets stand: a file of the configuration's directory, and a text of it with `§` for the secret.

/** Places where a secret stood on real boxes or may stand; `§` is the secret. */
export const places: [string, string][] = [
  ["global.conf", '$zapikey="§";#update'],
  ["global.conf", "$zapikey = '§';"],
  ["global.conf", '$api_key="§";'],
  ["global.conf", '$remote_key="§";'],
  ["global.conf", '#$zapikey="§";'],
  ["global.conf", '$http_proxy="http://user:§@proxy.example.test:3128";'],
  ["global.conf", '$http_proxy="user:§@proxy.example.test:3128";'],
  ["cluster.conf", "[general]\npass=§"],
  ["cluster.conf", "ssh_key: §"],
  ["w_guardian.conf", "w:::10:::check_ldap -H HOST -p PORT -D cn=a -P § -t 5:::true:::"],
  ["w_guardian.conf", "w:::10:::check_ldap -H HOST -P '§' -p PORT:::true:::"],
  ["w_guardian.conf", "w:::10:::check_ldap -H HOST -P§ -p PORT:::true:::"],
  ["w_guardian.conf", "w:::10:::check_sip --password § -H HOST:::true:::"],
  ["w_guardian.conf", "w:::10:::check_sip --password=§ -H HOST:::true:::"],
  ["w_guardian.conf", "w:::10:::check_http -I HOST -a user:§ -p PORT:::true:::"],
  ["w_guardian.conf", 'w:::10:::check_http -I HOST -k "Authorization: Basic §" -p PORT:::true:::'],
  ["w_guardian.conf", 'w:::10:::check_http -I HOST -k "X-Api-Key: §" -p PORT:::true:::'],
  ["w_guardian.conf", "w:::10:::check_http -u https://a:§@HOST/ -p PORT:::true:::"],
  ["w_guardian.conf", "w:::10:::check_http -u /x?token=§ -p PORT:::true:::"],
  ["w_guardian.conf", "w:::10:::check_snmp -H HOST -C § -o 1.3:::true:::"],
  ["w_guardian.conf", "w:::10:::/opt/own.pl HOST PORT -p x§:::true:::"],
  ["farmguardian.conf", "[a]\ncommand=check_mysql -H HOST -P PORT -u mon -p §\nfarms=w"],
  ["farmguardian.conf", "[a]\ncommand=check_pgsql -H HOST -P PORT -l mon -p '§'\nfarms=w"],
  ["w_pound.cfg", '\tAddHeader "Authorization: Bearer §"'],
  ["w_pound.cfg", '\t#AddHeader "Proxy-Authorization: §"'],
  ["w_pound.cfg", '\tAddHeader "Cookie: session=§"'],
  ["w_pound.cfg", '\tHeadRequire "X-Auth-Token: §"'],
  ["w_pound.cfg", '\tRedirect "https://user:§@www.example.test/"'],
  ["w_proxy.cfg", '\tReplaceHeader Request "Authorization: (.*)" "Authorization: Basic §"'],
  ["zlb-start", "export DB_PASSWORD=§"],
  ["zlb-start", 'TOKEN="§" /usr/local/bin/notify'],
  ["zlb-start", "curl -u admin:§ https://x.example.test/"],
  ["zlb-start", "curl -su 'admin:§' https://x.example.test/"],
  ["zlb-start", 'curl -H "Authorization: Bearer §" https://x.example.test/'],
  ["zlb-start", "mysql -uroot -p§ -e 'select 1'"],
  ["zlb-start", "sshpass -p '§' ssh root@10.0.0.1 true"],
  ["zlb-start", "snmpwalk -v2c -c § 10.0.0.1"],
  ["zlb-start", "ldapsearch -x -w § -b dc=a"],
  ["zlb-start", "echo 'root:§' | chpasswd"],
  ["zlb-start", "htpasswd -b /etc/x admin §"],
  ["zlb-start", "ucarp -i eth0 -p § -a 10.0.0.1"],
  ["zlb-start", "wget --http-password=§ https://x.example.test/"],
  ["zlb-start", "openssl rsa -passin pass:§ -in x.key"],
  ["zlb-start", 'echo "{\\"password\\": \\"§\\"}" > /tmp/x'],
  ["notes.txt", "Password: §"],
  ["notes.txt", "the API key = §"],
  ["notes.txt", '{"user": "a", "password": "§", "port": 1}'],
  ["notes.txt", '{"api_token":"§"}'],
  ["notes.txt", "password §"],
  ["notes.json", '{\n  "client-secret" : "§"\n}'],
  ["w_Err503.html", "<!-- password: § -->"],
  ["w_Err503.html", '<input type="hidden" name="csrf_token" value="§">'],
  ["w_Err503.html", '<script>const apiKey = "§";</script>'],
  ["w_Err503.html", '<a href="https://status:§@example.test/">'],
];

/** Names that hold a word for a secret without a break. */
const names = "rootpw ldapbindpw smtp_pw DB_PW SSHPASS DBPASS mailpass dbpwd ftppass apitoken accesstoken wpapsk pass2";

places.push(
  ...names.split(" ").map((name): [string, string] => ["global.conf", `$${name}="§";`]),
  ...names.split(" ").map((name): [string, string] => ["zlb-start", `export ${name}=§`]),
  ["w.conf", "bindpw=§"],
  ["keepalived.conf", "    auth_pass §"],
);

/** Options with a secret, of tools and of checks. */
const options = [
  "curl --user admin:§ 10.0.0.9",
  "curl --user=admin:§ 10.0.0.9",
  "curl --proxy-user 'admin:§' 10.0.0.9",
  "curl --proxy-user=admin:§ 10.0.0.9",
  "curl --cert /root/c.pem:§ 10.0.0.9",
  "curl --cert=/root/c.pem:§ 10.0.0.9",
  "curl -E /root/c.pem:§ 10.0.0.9",
  "curl --cert 'c.p12:§' 10.0.0.9",
  'curl --cert="c.p12:§" 10.0.0.9',
  "curl --pass § 10.0.0.9",
  "curl --proxy-pass=§ 10.0.0.9",
  "nsupdate -y hmac-sha256:ddns:§",
  "ncftpput -u backup -p § ftp.example.test / a",
  "zip -P § a.zip b",
  "7z a -p§ a.7z b",
  "sqlcmd -S h -U sa -P §",
  "net ads join -U admin%§",
  "wbinfo -a admin%§",
  "check_mssql -H HOST -U sa -P §",
  "check_redis -H HOST -a §",
  "check_mysql -H HOST -P §",
  "check_smtp -H HOST -A LOGIN -U u --authpass=§",
  "check_oracle --tablespace ORCL system § USERS 90 80",
  "check_oracle --cache ORCL system § 80 90",
  "check_oracle --login system/§@ORCL",
  "check_oracle --connect=system/§@ORCL",
];

/** Commands within another's quotes, which must be read like any. */
const nested = [
  'sh -c "check_http -a admin:§ -H HOST"',
  "su - www -c 'mysql -uroot -p§ zen'",
  'check_by_ssh -H HOST -C "mysql -p§ zen"',
  'R="$(curl -s -u admin:§ 10.0.0.9)"',
  "R=$(curl -s -u admin:§)",
  "R=`curl -s -u admin:§`",
  'R="$(curl -s -u "admin:§" 10.0.0.9)"',
  'su -c "sh -c \\"mysql -p§\\""',
  `mysql -u root "-p§" zen`,
];

/** What a check sends to log in. */
const sent = [
  "check_pop -H HOST -s 'PASS §'",
  "check_imap -H HOST -s 'a1 LOGIN mon §' -e OK",
  "check_tcp -H HOST -p PORT -s 'AUTH §'",
  'check_tcp -H HOST -p PORT -E -s "USER mon\\r\\nPASS §\\r\\nQUIT"',
  "check_smtp -H HOST -C 'AUTH PLAIN §'",
];

places.push(
  ...[...options, ...nested].map((command): [string, string] => ["zlb-start", command]),
  ...[...options, ...nested, ...sent]
    .filter((command) => /^check_|^sh /.test(command))
    .map((command): [string, string] => ["w_guardian.conf", `w:::10:::${command}:::true:::false`]),
  ["global.conf", '$curl="/usr/bin/curl -u admin:§ -k";'],
  ["zlb-start", "curl -s \\\n  -u admin:§ \\\n  10.0.0.9"],
  ["zlb-start", "curl -u \\\r\n  admin:§ 10.0.0.9"],
  ["zlb-start", "wget --password \\\n  § 10.0.0.9"],
  ["zlb-start", "docker run \\\n  -e a=b \\\n  password=§"],
  ["zlb-start", 'echo -e "§\\n§" | passwd root'],
  ["zlb-start", "echo § | sudo -u root passwd mon"],
  ["zlb-start", "echo § | sudo -S true"],
  ["zlb-start", "(echo §; echo §) | smbpasswd -s root"],
  ["zlb-start", "echo 'root:§' | /usr/sbin/chpasswd"],
  ["zlb-start", "passwd --stdin root <<< §"],
  ["zlb-start", "curl https://api.telegram.org/bot12345:§/sendMessage"],
  ["zlb-start", "curl -fsS hc-ping.com/§"],
  ["client.ovpn", "-----BEGIN OpenVPN Static key V1-----\n§\n-----END OpenVPN Static key V1-----"],
);

/** Names in a bracket or a call, quotes in a URL, names with a blank behind them within a line. */
places.push(
  ["global.conf", "$o{'password'} = '§';"],
  ["global.conf", '$c{password} = "§";'],
  ["global.conf", '$db["password"]="§";'],
  ["global.conf", "$db['default']['password'] = '§';"],
  ["zlb-start", "CONF[password]=§"],
  ["global.conf", "define('DB_PASSWORD','§');"],
  ["global.conf", 'define("DB_PASSWORD", "§");'],
  ["zlb-start", `curl "http://mon:it's_§@10.0.0.1/"`],
  ["zlb-start", `curl 'http://mon:a"§@10.0.0.1/' -o x`],
  ["global.conf", `$http_proxy="http://mon:it's_§@10.0.0.1:3128";`],
  ["w.conf", "proxy http://mon:a\"§'@10.0.0.1/"],
  ["keepalived.conf", "authentication { auth_type PASS auth_pass § }"],
  ["w_guardian.conf", "w:::10:::check_breeze -H HOST -C § -w 1:::true:::"],
  ["w_guardian.conf", "w:::10:::check_snmp-load.pl -H HOST -C § -w 1:::true:::"],
  ["w_guardian.conf", "w:::10:::check_iftraffic64.pl -H HOST -C '§' -w 1:::true:::"],
  ["w_guardian.conf", "w:::10:::check_of-our-own -H HOST -C §:::true:::"],
);

/** Secrets below the line that tells of them. */
places.push(
  ["zlb-start", "chpasswd <<EOF\nroot:§\nmon:§\nEOF"],
  ["zlb-start", "passwd u <<EOF\n§\n§\nEOF"],
  ["zlb-start", "cat <<-'END' | ssh root@10.0.0.2 chpasswd\n\troot:§\\\n\tEND"],
  ["zlb-start", "sudo -S reboot <<EOF\n§\nEOF"],
  ["zlb-start", "docker login --password-stdin <<EOF\r\n§\r\nEOF\r"],
  ["zlb-start", "#chpasswd <<EOF\n#root:§\n#EOF"],
  ["w.conf", "password=\n§"],
  ["w.conf", "password =\n    '§'"],
  ["w.yaml", 'password:\n  "of two §"'],
  ["w.conf", "$o{'password'} =\n  '§';"],
  ["notes.txt", "Password:\n§"],
  ["w.yaml", "a:\n  password: |\n    §\n\n    §\n  user: x"],
  ["w.yaml", "- password: >-\n    §\n  user: x"],
  ["w.yaml", "communities:\n  - §\n  - '§'"],
);
