/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "core/buf.h"
#include "image/settings.h"

static void note(void *arg, unsigned classes, pl_str name, size_t line)
{
    pl_buf *out = arg;
    pl_buf_fmt(out, "%s%s%s:%zu%.*s", out->n ? " " : "", classes & PL_SETTING_UNSIGNED ? "u" : "",
               classes & PL_SETTING_TLS ? "t" : "", line, PL_F(name));
}

static void switched_off_checks_are_found(void **state)
{
    (void)state;
    static const struct {
        pl_setting_reader read;
        const char *text, *want;
    } cases[] = {
        {pl_settings_apt_list, "deb http://e/ x main\n# deb [trusted=yes] http://e/\n", ""},
        {pl_settings_apt_list, "deb [arch=amd64 trusted=yes] http://e/ x main\n", "u:1trusted"},
        {pl_settings_apt_list, "\ndeb [ allow-insecure=yes ] http://e/ x\n", "u:2allow-insecure"},
        {pl_settings_apt_list, "deb [signed-by=/k] http://e/ x\n", ""},
        {pl_settings_apt_sources, "Types: deb\nTrusted: yes\nAllow-Insecure: no\n", "u:2Trusted"},
        {pl_settings_apt_conf, "APT::Get::AllowUnauthenticated \"true\";\n",
         "u:1AllowUnauthenticated"},
        {pl_settings_apt_conf, "APT { Get { AllowUnauthenticated \"1\"; }; };\n",
         "u:1AllowUnauthenticated"},
        {pl_settings_apt_conf, "// APT::Get::AllowUnauthenticated \"true\";\n", ""},
        {pl_settings_apt_conf, "Acquire::AllowInsecureRepositories \"false\";\n", ""},
        {pl_settings_apt_conf, "Acquire::https::e::Verify-Peer \"false\";\n", "t:1Verify-Peer"},
        {pl_settings_yum, "[a]\ngpgcheck=0\n[b]\ngpgcheck = 0\nenabled=0\n", "u:2gpgcheck"},
        {pl_settings_yum, "[main]\ngpgcheck=1\nsslverify=False\n", "u:3sslverify"},
        {pl_settings_pip, "[global]\ntrusted-host = e\n", "ut:2trusted-host"},
        {pl_settings_pip, "[global]\nindex-url = http://e/\nextra-index-url=https://e/\n",
         "u:2index-url"},
        {pl_settings_npm, "strict-ssl=false\nregistry=https://e/\n", "ut:1strict-ssl"},
        {pl_settings_npm, "registry = \"http://e/\"\n", "u:1registry"},
        {pl_settings_git, "[http]\n\tsslVerify = false\n", "t:2sslVerify"},
        {pl_settings_git, "[http]\n\tsslVerify = true\n", ""},
        {pl_settings_curl, "# insecure\n--insecure\n", "t:2insecure"},
        {pl_settings_curl, "-k\nsilent\ninsecure\n", "t:1-k t:3insecure"},
        {pl_settings_wget, "check_certificate = off\n", "t:1check_certificate"},
        {pl_settings_wget, "check_certificate = on\n", ""},
        {pl_settings_wget, "", ""},
        {pl_settings_yum, "\n=\n[\n", ""},
    };
    for (size_t i = 0; i < PL_COUNT(cases); i++) {
        PL_AUTO_BUF pl_buf got = {0};
        cases[i].read(pl_str_c(cases[i].text), note, &got);
        if (!pl_str_eq(pl_buf_view(&got), pl_str_c(cases[i].want)))
            fail_msg("\"%s\": %.*s, want %s", cases[i].text, PL_F(pl_buf_view(&got)),
                     cases[i].want);
    }
}

static void environment_variables_switch_checks_off_too(void **state)
{
    (void)state;
    static const struct {
        const char *name, *value;
        unsigned want;
    } cases[] = {
        {"NODE_TLS_REJECT_UNAUTHORIZED", "0", PL_SETTING_TLS},
        {"NODE_TLS_REJECT_UNAUTHORIZED", "1", 0},
        {"PYTHONHTTPSVERIFY", "0", PL_SETTING_TLS},
        {"GIT_SSL_NO_VERIFY", "true", PL_SETTING_TLS},
        {"GIT_SSL_NO_VERIFY", "", 0},
        {"GIT_SSL_NO_VERIFY", "false", 0},
        {"CURL_INSECURE", "1", PL_SETTING_TLS},
        {"npm_config_strict_ssl", "false", PL_SETTING_TLS | PL_SETTING_UNSIGNED},
        {"PIP_TRUSTED_HOST", "e", PL_SETTING_TLS | PL_SETTING_UNSIGNED},
        {"PATH", "0", 0},
    };
    for (size_t i = 0; i < PL_COUNT(cases); i++)
        if (pl_setting_env(pl_str_c(cases[i].name), pl_str_c(cases[i].value)) != cases[i].want)
            fail_msg("%s=%s", cases[i].name, cases[i].value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(switched_off_checks_are_found),
        cmocka_unit_test(environment_variables_switch_checks_off_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
