/** What a DNS server can answer with, in the order of their numbers (RFC 1035, 4.1.1). */
export const rcodes = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"] as const;
