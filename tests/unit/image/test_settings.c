/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "core/buf.h"
#include "image/settings.h"

/* "u:LINENAME" accepts the unsigned, t does not check certificates, "s:LINENAME@HOST" elsewhere */
static void note(void *arg, const pl_setting *s)
{
    pl_buf *out = arg;
    pl_buf_fmt(out, "%s%s%s%s:%zu%.*s%s%.*s", out->n ? " " : "",
               s->classes & PL_SETTING_UNSIGNED ? "u" : "", s->classes & PL_SETTING_TLS ? "t" : "",
               s->classes & PL_SETTING_SOURCE ? "s" : "", s->line, PL_F(s->name),
               s->source.n ? "@" : "", PL_F(s->source));
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
        {pl_settings_apt_list, "deb\t[\ttrusted=yes\tarch=amd64 ]\thttp://e/ x\n", "u:1trusted"},
        {pl_settings_apt_sources, "Types: deb\nTrusted: yes\nAllow-Insecure: no\n", "u:2Trusted"},
        {pl_settings_apt_conf, "APT::Get::AllowUnauthenticated \"true\";\n",
         "u:1AllowUnauthenticated"},
        {pl_settings_apt_conf, "APT { Get { AllowUnauthenticated \"1\"; }; };\n",
         "u:1AllowUnauthenticated"},
        {pl_settings_apt_conf, "APT::Get::AllowUnauthenticated\t\"true\";\n",
         "u:1AllowUnauthenticated"},
        {pl_settings_apt_conf,
         "/* APT::Get::AllowUnauthenticated \"true\";\nAPT::Get::AllowUnauthenticated \"1\";\n*/ "
         "Acquire::AllowInsecureRepositories \"1\"; /* x\n*/\n",
         "u:3AllowInsecureRepositories"},
        {pl_settings_apt_conf, "Dir::X \"/*\";\nAPT::Get::AllowUnauthenticated \"1\"; /* x */\n",
         "u:2AllowUnauthenticated"},
        {pl_settings_apt_conf, "// APT::Get::AllowUnauthenticated \"true\";\n", ""},
        {pl_settings_apt_conf, "Acquire::AllowInsecureRepositories \"false\";\n", ""},
        {pl_settings_apt_conf, "Acquire::https::e::Verify-Peer \"false\";\n", "t:1Verify-Peer"},
        {pl_settings_yum, "[a]\ngpgcheck=0\n[b]\ngpgcheck = 0\nenabled=0\n", "u:2gpgcheck"},
        {pl_settings_yum, "[main]\ngpgcheck=1\nsslverify=False\n", "u:3sslverify"},
        {pl_settings_yum, "[a]\npkg_gpgcheck=0\n", "u:2pkg_gpgcheck"},
        {pl_settings_requirements,
         "--trusted-host e\n--extra-index-url=https://e/x\nrequests==2.0 # -i http://e\n-i "
         "http://e\n-\n",
         "ut:1trusted-host s:2extra-index-url@e u:4i"},
        {pl_settings_requirements, "-r other.txt\n--index-url https://pypi.org/simple\n", ""},
        {pl_settings_pip, "[global]\ntrusted-host = e\n", "ut:2trusted-host"},
        {pl_settings_pip, "[global]\nindex-url = http://e/\nextra-index-url=https://u:p@e:8/x\n",
         "u:2index-url s:3extra-index-url@e"},
        {pl_settings_pip,
         "[global]\nindex-url = https://pypi.org/simple\nextra-index-url =\n    http://e/\n"
         "    https://f/\n",
         "u:4extra-index-url s:5extra-index-url@f"},
        {pl_settings_pip, "[install]\nno-index = true\nfind-links = /wheels\n", ""},
        {pl_settings_uv, "allow-insecure-host = [\"e\"]\nindex-url = \"https://e/\"\n",
         "ut:1allow-insecure-host s:2index-url@e"},
        {pl_settings_uv,
         "extra-index-url = [\n    \"https://e/\", # one\n    \"http://f/\",\n]\n[[index]]\nname = "
         "\"x\"\nurl = \"https://g/simple\"\n[pip]\nindex-url = \"http://h\"\n[other]\nurl = "
         "\"http://i\"\n",
         "s:2extra-index-url@e u:3extra-index-url s:7url@g u:9index-url"},
        {pl_settings_uv, "[[index]]\nurl = \"https://pypi.org/simple\"\n", ""},
        {pl_settings_pyproject,
         "[project]\nurl = \"http://a\"\n[[tool.uv.index]]\nurl = \"http://b\"\n[tool.uv]\n"
         "allow-insecure-host = [\"c\"]\nindex = [{ name = \"d\", url = \"https://d/\" }]\n"
         "[[tool.poetry.source]]\nname = \"e\"\nurl = \"https://u:p@e/x\"\n[[tool.pdm.source]]\n"
         "verify_ssl = false\n[tool.uv.sources]\nx = { url = \"http://f\" }\n",
         "u:4url ut:6allow-insecure-host s:7index@d s:10url@e ut:12verify_ssl"},
        {pl_settings_pipfile,
         "[[source]]\nurl = \"https://pypi.org/simple\"\nverify_ssl = true\nname = \"pypi\"\n"
         "[[source]]\nurl = \"http://e/simple\"\nverify_ssl = false\n[packages]\nverify_ssl = "
         "\"false\"\n",
         "u:6url ut:7verify_ssl"},
        {pl_settings_bun,
         "registry = \"http://a\"\n[install]\nregistry = { url = \"http://b\", token = \"t\" }\n"
         "[install.scopes]\n\"@c\" = \"https://c.example/\"\n[install.scopes.d]\nurl = "
         "\"https://registry.npmjs.org\"\n",
         "u:3registry s:5@c@c.example"},
        {pl_settings_cargo,
         "[source.crates-io]\nreplace-with = \"m\"\n[source.m]\nregistry = \"sparse+http://m/\"\n"
         "[registries.own]\nindex = \"sparse+https://own/\"\n[registry]\nindex = "
         "\"https://github.com/rust-lang/crates.io-index\"\n[registries.c]\nindex = "
         "\"sparse+https://index.crates.io/\"\n[source.\"x.y\"]\nregistry = 'http://x'\n",
         "u:4registry s:6index@own u:12registry"},
        {pl_settings_cargo, "[\n[[\n]=\n[registries.a\nindex = \"http://a\"\n", "u:5index"},
        {pl_settings_npm, "strict-ssl=false\nregistry=https://e/\n",
         "ut:1strict-ssl s:2registry@e"},
        {pl_settings_npm, "@a:registry=https://e/\n//e/:_authToken=${T}\n", "s:1@a:registry@e"},
        {pl_settings_npm, "registry=https://registry.npmjs.org/\nstrict-ssl=true\n", ""},
        {pl_settings_yarn, "registry \"http://e/\"\nstrict-ssl false\n",
         "u:1registry ut:2strict-ssl"},
        {pl_settings_yarn_yml,
         "npmRegistryServer: \"https://e\"\nenableStrictSsl: false\nchecksumBehavior: ignore\n"
         "unsafeHttpWhitelist:\n  - e\n",
         "s:1npmRegistryServer@e ut:2enableStrictSsl u:3checksumBehavior u:5unsafeHttpWhitelist"},
        {pl_settings_gem,
         "---\n:sources:\n- http://e/\n- https://rubygems.org/\n"
         ":ssl_verify_mode: 0\n",
         "u:3sources ut:5ssl_verify_mode"},
        {pl_settings_gemfile, "source 'http://e'\ngem 'x'\n", "u:1source"},
        {pl_settings_gemfile, "source \"https://rubygems.org\"\n", ""},
        {pl_settings_bundle, "---\nBUNDLE_SSL_VERIFY_MODE: \"0\"\n", "ut:2BUNDLE_SSL_VERIFY_MODE"},
        {pl_settings_go,
         "GOFLAGS=-insecure -mod=mod\nGONOSUMDB=*\nGOSUMDB=off\nGOPROXY=https://e|direct\n"
         "GOINSECURE=x\nGONOSUMCHECK=1\n",
         "ut:1GOFLAGS u:2GONOSUMDB u:3GOSUMDB s:4GOPROXY@e ut:5GOINSECURE u:6GONOSUMCHECK"},
        {pl_settings_go, "GOPROXY=https://proxy.golang.org,direct\nGOSUMDB=sum.golang.org\n", ""},
        {pl_settings_composer,
         "{\n \"config\": {\"secure-http\": false, \"disable-tls\": true}\n}\n",
         "u:2secure-http ut:2disable-tls"},
        {pl_settings_composer, "{\"config\": {\"secure-http\": true}}\n", ""},
        {pl_settings_conda, "ssl_verify: false\nchannels:\n  - http://e/\n  - conda-forge\n",
         "ut:1ssl_verify u:3channels"},
        {pl_settings_maven,
         "<mirror>\n<!-- <url>http://a</url>\n -->\n<url>http://e</url>\n</mirror>\n", "u:4url"},
        {pl_settings_pacman, "SigLevel = Required DatabaseOptional\n[x]\nSigLevel = Never\n",
         "u:3SigLevel"},
        {pl_settings_registries, "[[registry]]\nlocation = \"e\"\ninsecure = true\n",
         "ut:3insecure"},
        {pl_settings_policy, "{\"default\": [{\"type\": \"insecureAcceptAnything\"}]}\n",
         "u:1insecureAcceptAnything"},
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
        const char *name, *value, *want;
    } cases[] = {
        {"NODE_TLS_REJECT_UNAUTHORIZED", "0", "t"},
        {"NODE_TLS_REJECT_UNAUTHORIZED", "1", ""},
        {"PYTHONHTTPSVERIFY", "0", "t"},
        {"GIT_SSL_NO_VERIFY", "true", "t"},
        {"GIT_SSL_NO_VERIFY", "", ""},
        {"GIT_SSL_NO_VERIFY", "false", ""},
        {"CURL_INSECURE", "1", "t"},
        {"npm_config_strict_ssl", "false", "ut"},
        {"NPM_CONFIG_REGISTRY", "https://e/", "s"},
        {"PIP_TRUSTED_HOST", "e", "ut"},
        {"PIP_EXTRA_INDEX_URL", "https://a:b@e/", "s"},
        {"PIP_INDEX_URL", "http://e/", "u"},
        {"PIP_NO_CACHE_DIR", "1", ""},
        {"UV_INSECURE_HOST", "e", "ut"},
        {"GOFLAGS", "-insecure", "ut"},
        {"GOFLAGS", "-mod=vendor", ""},
        {"GOSUMDB", "off", "u"},
        {"GONOSUMDB", "e", "u"},
        {"BUNDLE_SSL_VERIFY_MODE", "0", "ut"},
        {"YARN_ENABLE_STRICT_SSL", "false", "ut"},
        {"DOCKER_CONTENT_TRUST", "0", "u"},
        {"DOCKER_CONTENT_TRUST", "1", ""},
        {"PATH", "0", ""},
    };
    for (size_t i = 0; i < PL_COUNT(cases); i++) {
        PL_AUTO_BUF pl_buf got = {0};
        pl_str classes = {"", 0};
        pl_settings_env(pl_str_c(cases[i].name), pl_str_c(cases[i].value), note, &got);
        pl_str rest = pl_buf_view(&got);
        (void)pl_str_cut(&rest, ':', &classes);
        if (!pl_str_eq(classes, pl_str_c(cases[i].want)) || pl_str_has(rest, PL_S(" ")))
            fail_msg("%s=%s: %.*s", cases[i].name, cases[i].value, PL_F(pl_buf_view(&got)));
    }
}

static void build_steps_switch_checks_off_too(void **state)
{
    (void)state;
    static const struct {
        const char *command, *want;
    } cases[] = {
        {"apk add --allow-untrusted x.apk", "u:0--allow-untrusted"},
        {"apt-get install -y --allow-unauthenticated x", "u:0--allow-unauthenticated"},
        {"apt-get -o Acquire::AllowInsecureRepositories=true update",
         "u:0AllowInsecureRepositories"},
        {"apt-get -oAPT::Get::AllowUnauthenticated=1 install x", "u:0AllowUnauthenticated"},
        {"apt-get -o Acquire::AllowInsecureRepositories=false update", ""},
        {"echo \"deb [trusted=yes] http://e ./\" >/etc/apt/sources.list", "u:0trusted"},
        {"echo 'deb [arch=amd64 trusted=yes] http://e ./'", "u:0trusted"},
        {"gem install x -s http://e/", "u:0s"},
        {"npm set strict-ssl=false", "ut:0strict-ssl"},
        {"dnf install --nogpgcheck x && rpm -i --nosignature y",
         "u:0--nogpgcheck u:0--nosignature"},
        {"pip install --trusted-host e -i http://e/ x", "ut:0trusted-host u:0i"},
        {"python3 -m pip install --extra-index-url=https://e/ x", "s:0extra-index-url@e"},
        {"pip config set global.index-url \"http://e/\"", "u:0index-url"},
        {"pip install x && echo --trusted-host e", ""},
        {"npm config set strict-ssl false", "ut:0strict-ssl"},
        {"npm install --registry https://e/ x", "s:0registry@e"},
        {"gem install --source http://e/ x; gem sources -a http://e/", "u:0source u:0a"},
        {"go env -w GOFLAGS=-insecure && go get x", "ut:0GOFLAGS"},
        {"GOFLAGS=\"-insecure\" go get x", "ut:0GOFLAGS"},
        {"go get -insecure x", "ut:0go -insecure"},
        {"composer config -g secure-http false", "u:0secure-http"},
        {"curl -fsSLk https://e/x", "t:0curl --insecure"},
        {"curl --insecure https://e/x", "t:0curl --insecure"},
        {"curl -fsSL https://e/x -o k", ""},
        {"wget --no-check-certificate https://e/x", "t:0--no-check-certificate"},
        {"git config --global http.sslVerify false", "t:0http.sslVerify"},
        {"git -c http.sslVerify=false clone https://e/x", "t:0http.sslVerify"},
        {"skopeo copy --src-tls-verify=false a b", "t:0--src-tls-verify=false"},
        {"export DOCKER_CONTENT_TRUST=0", "u:0DOCKER_CONTENT_TRUST"},
        {"NODE_TLS_REJECT_UNAUTHORIZED='0' npm ci", "t:0NODE_TLS_REJECT_UNAUTHORIZED"},
        {"echo a=b = =c", ""},
        {"", ""},
    };
    for (size_t i = 0; i < PL_COUNT(cases); i++) {
        PL_AUTO_BUF pl_buf got = {0};
        pl_settings_step(pl_str_c(cases[i].command), note, &got);
        if (!pl_str_eq(pl_buf_view(&got), pl_str_c(cases[i].want)))
            fail_msg("\"%s\": %.*s, want %s", cases[i].command, PL_F(pl_buf_view(&got)),
                     cases[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(switched_off_checks_are_found),
        cmocka_unit_test(environment_variables_switch_checks_off_too),
        cmocka_unit_test(build_steps_switch_checks_off_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
