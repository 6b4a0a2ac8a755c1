/* SPDX-License-Identifier: Apache-2.0 */
#include "report/words.h"

#include <ctype.h>
#include <string.h>

#include "report/limits.h"

typedef struct word {
    const char *code, *one;
    const char *many; /* of parts: the same in short; NULL: as it is */
} word;

static const word areas[] = {
    {"HOST", "Host", NULL},
    {"ENG", "Engine", NULL},
    {"IMG", "Images", NULL},
    {"CTR", "Containers", NULL},
    {"CMB", "Combined findings", NULL},
    {"VULN", "Vulnerabilities", NULL},
    {"SWM", "Swarm", NULL},
    {"K8S", "Kubernetes", NULL},
    {"ECS", "Amazon ECS", NULL},
    {"REG", "Registries", NULL},
    {"NET", "Network and zones", NULL},
    {"WEB", "Web services", NULL},
    {"DYN", "Dynamic tests", NULL},
    {"LOG", "Logging", NULL},
    {"RUN", "Run time", NULL},
    {"FOR", "Forensics", NULL},
    {"SEC", "Secrets", NULL},
    {"MAL", "Malware", NULL},
    {"PAT", "Patching", NULL},
    {"SUP", "Supply chain", NULL},
    {"ADM", "Administration", NULL},
};

static const word kinds[] = {
    {"host", "host", "hosts"},
    {"engine", "engine", "engines"},
    {"image", "image", "images"},
    {"container", "container", "containers"},
    {"workload", "workload", "workloads"},
    {"registry", "registry", "registries"},
    {"endpoint", "endpoint", "endpoints"},
    {"ecs", "export of ECS", "exports of ECS"},
};

static const word owners[] = {
    {"base-image", "base image team", NULL},      {"application", "application team", NULL},
    {"platform", "platform team", NULL},          {"host", "host team", NULL},
    {"unknown", "owner, who is not known", NULL},
};

static const word parts[] = {
    {"attest", "a person's signed statement", NULL},
    {"cluster", "Kubernetes, Swarm and ECS", "clusters"},
    {"engine", "the engine", NULL},
    {"host", "the host", NULL},
    {"image", "image content", NULL},
    {"registry", "registries and signatures", "registries"},
    {"zones", "network zones and flows", "network zones"},
    {"watch", "run-time monitoring", NULL},
    {"logs", "log collection", NULL},
    {"forensics", "forensics", NULL},
    {"malware", "malware scanning", NULL},
    {"secrets", "secret scanning", NULL},
    {"patch", "patch management", "patching"},
    {"govern", "waivers and decisions", "decisions"},
    {"vuln", "vulnerability matching", "vulnerabilities"},
    {"gate", "admission control", NULL},
    {"agent", "the agent, which watches all the time", "the agent"},
    {"packages", "package content", NULL},
    {"probe", "probing of endpoints", NULL},
    {"redact", "redaction", NULL},
    {"scanner", "the wider scanner", NULL},
    {"protected-data", "search for protected data", NULL},
};

static const pl_reason_words reasons[] = {
    {"denied", "permission was refused", NULL, "permission refused"},
    {"feed-missing", "no advisories are installed", "plimsoll db update", "no advisories"},
    {"feed-stale", "the advisories are too old to rely on", "plimsoll db update",
     "advisories too old"},
    {"partial-feed", "its advisories do not reach back to its first release", NULL,
     "advisories not complete"},
    {"no-feed", "no source of advisories covers it", NULL, "no advisories exist"},
    {"guessed-name", "its name is a guess, and another package of that name is vulnerable",
     "Keep pom.properties in the archive, or scan its bill of materials.", "names guessed"},
    {"not-found", "it was not found", NULL, "not found"},
    {"unreadable", "it could not be read", NULL, NULL},
    {"unsupported", "its form is not supported", NULL, NULL},
    {"ambiguous", "more than one thing could be meant", NULL, NULL},
    {"unpinned", "what a project wants is not fixed to a version",
     "Scan it with a lock file, or where it is installed.", "versions not fixed"},
    {"opaque-program", "a program does not say what it is made of",
     "Build it with its list of modules, or unpacked.", "opaque program"},
    {"timeout", "it did not answer in time", "Repeat the audit when the system is less busy.",
     "no answer in time"},
    {"lost", "events were dropped", NULL, "events lost"},
    {"late", "the container was not known in time", NULL, "known too late"},
    {"not-observed", "nothing was watching in that period", NULL, "not observed"},
    {"needs:policy", "nobody has said what the policy is",
     "Set the parameter under policy: in plimsoll.yaml (listed below).", "policy not set"},
    {"needs:signature-key", "no public key is named that its signatures could be verified with",
     "Name it under signatures.keys in plimsoll.yaml.", "no key named"},
    {"needs:attest", "only a person can answer: a signed statement is needed", NULL,
     "to be signed"},
    {"attestation-partial",
     "some of its requirements have a statement that holds, others have none",
     "plimsoll attest CONTROL --requirement ID; plimsoll due names those that are missing.",
     "partly attested"},
    {"attestation-expired", "the last statement about it holds no more",
     "plimsoll attest CONTROL; plimsoll due lists what is owed.", "statement expired"},
    {"limit:", "a limit for hostile input was reached", NULL, NULL},
    {"needs:", "this version does not judge it yet", NULL, NULL},
    {"no-subject", "there is nothing of this kind in scope", NULL, NULL},
    {"managed-control-plane", "the provider runs that part", NULL, NULL},
    {"inherited", "it is inherited from a provider", NULL, NULL},
    {"no-kubernetes", "no Kubernetes runs on this host", NULL, NULL},
    {"no-swarm", "the engine is in no swarm", NULL, NULL},
    {"no-swarm-manager", "the engine manages no swarm", NULL, NULL},
    {"no-unlock-key", "managers start without a key", NULL, NULL},
    {"not-a-manager", "only managers of the swarm know it", "Audit a manager as well.",
     "known to managers only"},
    {"swarm-not-active", "the node of the swarm is locked, pending or in error", NULL,
     "swarm not active"},
    {"no-ecs-agent", "this host is no container instance of ECS", NULL, NULL},
    {"no-window", "no troubleshooting window was opened for it", NULL, NULL},
    {"no-ecs-task", "the container is no task of ECS", NULL, NULL},
    {"empty", "there is nothing to judge", NULL, NULL},
};

static const word *find(const word *rows, size_t n, pl_str code)
{
    for (size_t i = 0; i < n; i++)
        if (pl_str_eq(pl_str_c(rows[i].code), code))
            return &rows[i];
    return NULL;
}

const char *pl_word_area(pl_str area)
{
    const word *w = find(areas, PL_COUNT(areas), area);

    return w ? w->one : NULL;
}

const char *pl_word_kind(pl_str kind, size_t n)
{
    const word *w = find(kinds, PL_COUNT(kinds), kind);

    return !w ? NULL : n == 1 ? w->one : w->many;
}

const char *pl_word_owner(pl_str owner)
{
    const word *w = find(owners, PL_COUNT(owners), owner);

    return w ? w->one : NULL;
}

const char *pl_word_part(pl_str part)
{
    const word *w = find(parts, PL_COUNT(parts), part);

    return w ? w->one : NULL;
}

const char *pl_word_part_brief(pl_str part)
{
    const word *w = find(parts, PL_COUNT(parts), part);

    return !w ? NULL : w->many ? w->many : w->one;
}

const char *pl_word_update(pl_str kind)
{
    return pl_str_eq(kind, PL_S("host")) ? "Update the packages"
                                         : "Rebuild on an updated base image";
}

const pl_reason_words *pl_word_reason(pl_str reason)
{
    static const pl_reason_words other = {"", "another reason", NULL, NULL};

    for (size_t i = 0; i < PL_COUNT(reasons); i++) {
        pl_str code = pl_str_c(reasons[i].code);
        bool is_family = pl_str_ends(code, PL_S(":"));
        if (is_family ? pl_str_starts(reason, code) : pl_str_eq(reason, code))
            return &reasons[i];
    }
    return &other;
}

pl_str pl_label(pl_str name)
{
    pl_str cut = pl_str_sub(name, 0, PL_REPORT_LABEL);

    while (cut.n < name.n && cut.n > 0 && ((unsigned char)name.p[cut.n] & 0xc0) == 0x80)
        cut.n--;
    return cut;
}

pl_str pl_subject_label(const pl_subject *s)
{
    return pl_label(s->name.n ? s->name : s->key);
}

void pl_word_name(const pl_subject *s, pl_buf *out)
{
    enum { KEPT = 12 };
    static const char mark[] = "@sha256:";
    pl_str name = s->name.n ? s->name : s->key;
    const char *at = name.n ? memmem(name.p, name.n, mark, sizeof(mark) - 1) : NULL;
    size_t kept = at ? (size_t)(at - name.p) + sizeof(mark) - 1 + KEPT : name.n;

    pl_buf_str(out, pl_str_sub(name, 0, kept < name.n ? kept : name.n));
}

void pl_word_digests(pl_str s, pl_buf *out)
{
    enum { KEPT = 12, WHOLE = 64 };
    static const char mark[] = "sha256:";
    size_t n = sizeof(mark) - 1;

    for (size_t i = 0; i < s.n;) {
        size_t digits = 0;
        if (pl_str_starts(pl_str_sub(s, i, s.n), PL_S(mark)))
            while (i + n + digits < s.n && isxdigit((unsigned char)s.p[i + n + digits]))
                digits++;
        size_t taken = digits == WHOLE ? n + WHOLE : 1;
        pl_buf_str(out, pl_str_sub(s, i, digits == WHOLE ? n + KEPT : 1));
        i += taken;
    }
}

void pl_word_shell(pl_buf *out, pl_str s)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-./:@%+=,";
    bool is_plain = s.n > 0;

    for (size_t i = 0; i < s.n; i++)
        is_plain = is_plain && s.p[i] && strchr(plain, s.p[i]);
    if (is_plain) {
        pl_buf_str(out, s);
        return;
    }
    pl_buf_ch(out, '\'');
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == '\'')
            pl_buf_c(out, "'\\''");
        else
            pl_buf_ch(out, s.p[i]);
    pl_buf_ch(out, '\'');
}
