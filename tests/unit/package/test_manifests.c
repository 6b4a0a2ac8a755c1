/* SPDX-License-Identifier: Apache-2.0 */
/* Files that tell of packages, as their tools write them and as hostile hands do. */
#include "test.h"

#include "package/jar.h"
#include "package/limits.h"
#include "package/locks.h"
#include "package/manifests.h"
#include "package/npm.h"
#include "package/php.h"
#include "package/python.h"

typedef pl_rc (*parser)(pl_str text, pl_arena *a, pl_found_each each, void *arg, pl_err *err);

/* "name version[ dev|bundled][ licence=L][ from=U][ sum=I][ unpinned]" a line. */
static pl_rc print(const pl_found *f, void *arg, pl_err *err)
{
    static const char *const scopes[] = {"", " dev", " bundled"};
    pl_buf *out = arg;

    (void)err;
    pl_buf_fmt(out, "%.*s %.*s%s", PL_F(f->name), PL_F(f->version), scopes[f->scope]);
    if (f->licence.n)
        pl_buf_fmt(out, " licence=%.*s", PL_F(f->licence));
    if (f->provenance.n)
        pl_buf_fmt(out, " from=%.*s", PL_F(f->provenance));
    if (f->integrity.n)
        pl_buf_fmt(out, " sum=%.*s", PL_F(f->integrity));
    pl_buf_fmt(out, "%s\n", f->kind == PL_FOUND_UNPINNED ? " unpinned" : "");
    return PL_OK;
}

struct row {
    parser parse;
    const char *text, *want;
    pl_rc rc;
};

static void assert_rows(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        PL_AUTO_ARENA pl_arena *a = pl_arena_new(PL_FOUND_SCRATCH);
        PL_AUTO_BUF pl_buf got = {0};
        pl_err err = {0};
        pl_rc rc = rows[i].parse(pl_str_c(rows[i].text), a, print, &got, &err);
        if (rc != rows[i].rc || !pl_str_eq(pl_buf_view(&got), pl_str_c(rows[i].want)))
            fail_msg("%s\ngave %s (%s)\n%.*s, want\n%s", rows[i].text, pl_rc_text(rc), err.text,
                     PL_F(pl_buf_view(&got)), rows[i].want);
    }
}

static void npm_manifests_and_locks_are_read(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {pl_npm_package, "{\"name\":\"a\",\"version\":\"1.0.0\",\"license\":{\"type\":\"MIT\"}}",
         "a 1.0.0 licence=MIT\n", PL_OK},
        {pl_npm_package,
         "\xEF\xBB\xBF{\"version\":\"1\",\"licenses\":[{\"type\":\"GPL-2.0\",\"url\":\"u\"},"
         "\"MIT\"],\"name\":\"@s/b\",\"_resolved\":\"https://r/b.tgz\"}",
         "@s/b 1 licence=GPL-2.0 from=https://r/b.tgz\n", PL_OK},
        {pl_npm_package, "{\"name\":\"a\",\"version\":\"1\",\"private\":true}", "", PL_OK},
        {pl_npm_package, "{\"name\":\"a\"}", "", PL_OK},
        {pl_npm_package, "{\"name\":7,\"version\":\"1\"}", "", PL_OK},
        {pl_npm_package, "{\"name\":\"a\\u0000\",\"version\":\"1\"}", "", PL_OK},
        {pl_npm_package, "[]", "", PL_FORMAT},
        {pl_npm_package, "", "", PL_FORMAT},
        {pl_npm_lock,
         "{\"lockfileVersion\":1,\"dependencies\":{\"a\":{\"version\":\"1.0.0\",\"dev\":true,"
         "\"dependencies\":{\"b\":{\"version\":\"git+ssh://h/b.git#abc\"}}},\"c\":{\"version\":"
         "\"2.0.0\",\"resolved\":\"https://r/c.tgz\",\"integrity\":\"sha1-x\"},\"al\":{\"version\":"
         "\"npm:@s/real@1.2.5\"}}}",
         "b abc from=git+ssh://h/b.git\na 1.0.0 dev\nc 2.0.0 from=https://r/c.tgz sum=sha1-x\n"
         "@s/real 1.2.5\n",
         PL_OK},
        {pl_npm_lock,
         "{\"lockfileVersion\":2,\"packages\":{\"\":{\"name\":\"x\",\"version\":\"1\"},"
         "\"node_modules/a\":{\"version\":\"1.0.0\"},\"node_modules/a/node_modules/@s/b\":{"
         "\"version\":\"2.0.0\",\"devOptional\":true},\"node_modules/al\":{\"name\":\"real\","
         "\"version\":\"3.0.0\"},\"packages/w\":{\"version\":\"1.0.0\"},\"node_modules/w\":{"
         "\"resolved\":\"packages/w\",\"link\":true}},\"dependencies\":{\"a\":{\"version\":"
         "\"1.0.0\"}}}",
         "a 1.0.0\n@s/b 2.0.0\nreal 3.0.0\n", PL_OK},
        {pl_yarn_lock,
         "# yarn lockfile v1\n\n\n\"@babel/core@^7.0.0\", \"@babel/core@^7.1.0\":\n  version "
         "\"7.2.0\"\n  resolved \"https://r/core-7.2.0.tgz#abc\"\n  integrity sha512-x\n  "
         "dependencies:\n    version \"no\"\n\nleft@1:\n  version \"1.3.0\"\n\n\"al@npm:real@2\":"
         "\n  version \"2.0.1\"\n\n\"@s/b@1\":\n  version \"1.1.0\"\n\n\"c@^1 || ^2, 3\", c@2:\n  "
         "version "
         "\"2.0.0\"\n",
         "@babel/core 7.2.0 from=https://r/core-7.2.0.tgz sum=sha512-x\nleft 1.3.0\nreal 2.0.1\n"
         "@s/b 1.1.0\nc 2.0.0\n",
         PL_OK},
        {pl_yarn_lock,
         "__metadata:\n  version: 6\n\n\"@s/a@npm:^1.0.0\":\n  version: 1.0.1\n  resolution: "
         "\"@s/a@npm:1.0.1\"\n  checksum: abc\n  languageName: node\n\n\"w@workspace:.\":\n  "
         "version: 0.0.0-use.local\n  resolution: \"w@workspace:.\"\n",
         "@s/a 1.0.1 sum=abc\n", PL_OK},
        {pl_pnpm_lock,
         "lockfileVersion: 5.4\ndependencies:\n  a: 1.0.0\npackages:\n\n  /@s/a/1.0.0_b@2:\n    "
         "resolution: {integrity: sha512-x, tarball: y}\n    dev: true\n\n  /c/2.0.0:\n    "
         "resolution: {integrity: sha512-y}\n",
         "@s/a 1.0.0 dev sum=sha512-x\nc 2.0.0 sum=sha512-y\n", PL_OK},
        {pl_pnpm_lock,
         "lockfileVersion: '9.0'\npackages:\n  '@s/a@1.0.0':\n    resolution: {integrity: "
         "sha512-x}\n  b@2.0.0(c@1.0.0):\n    resolution: {integrity: sha512-y}\nsnapshots:\n  "
         "x@1.0.0:\n    dev: false\n",
         "@s/a 1.0.0 sum=sha512-x\nb 2.0.0 sum=sha512-y\n", PL_OK},
        {pl_pnpm_lock,
         "lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      a:\n        "
         "specifier: "
         "^1\n        version: 1.0.0(p@1.0.0)\n      w:\n        version: link:../w\n    "
         "devDependencies:\n      d:\n        version: 1.0.0\n      alias:\n        version: "
         "'@s/real@2.0.0'\n  ../w:\n    optionalDependencies:\n      o:\n        version: "
         "https://h/o.tgz\npackages:\n  a@1.0.0:\n    resolution: {integrity: x}\n  b@1.0.0:\n    "
         "resolution: {integrity: x}\n  d@1.0.0:\n    resolution: {integrity: x}\n  e@1.0.0:\n    "
         "resolution: {integrity: x}\n  '@s/real@2.0.0':\n    resolution: {integrity: x}\n  "
         "o@https://h/o.tgz:\n    resolution: {tarball: https://h/o.tgz}\n    version: 3.0.0\n  "
         "p@1.0.0:\n    resolution: {integrity: x}\n  n@1.0.0:\n    resolution: {integrity: x}\n"
         "snapshots:\n  a@1.0.0(p@1.0.0):\n    dependencies:\n      b: 1.0.0\n      p: 1.0.0\n    "
         "transitivePeerDependencies:\n      - d\n  d@1.0.0:\n    dependencies:\n      b: 1.0.0\n  "
         "  "
         "optionalDependencies:\n      e: 1.0.0\n  e@1.0.0:\n    dependencies:\n      d: 1.0.0\n",
         "a 1.0.0 sum=x\nb 1.0.0 sum=x\nd 1.0.0 dev sum=x\ne 1.0.0 dev sum=x\n@s/real 2.0.0 dev "
         "sum=x\no 3.0.0\np 1.0.0 sum=x\nn 1.0.0 sum=x\n",
         PL_OK},
        {pl_pnpm_lock, "packages:\n  /@s/a@1.0.0(b@2):\n    resolution: {integrity: z}\n",
         "@s/a 1.0.0 sum=z\n", PL_OK},
    };
    assert_rows(rows, PL_COUNT(rows));
}

static void python_metadata_and_locks_are_read(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {pl_python_metadata,
         "Metadata-Version: 2.1\r\nName: A.b\r\nVersion: 1.0\r\n\r\nName: x\r\n", "A.b 1.0\n",
         PL_OK},
        {pl_python_metadata,
         "Name: a\nVersion: 1\nLicense: Copyright (c) somebody who put the whole text of it into "
         "this field, all the hundred and more bytes of it, yes\nClassifier: License :: OSI "
         "Approved :: BSD License\n",
         "a 1 licence=BSD License\n", PL_OK},
        {pl_python_metadata, "Name: a\nVersion: 1\nLicense-Expression: MIT OR 0BSD\nLicense: x\n",
         "a 1 licence=MIT OR 0BSD\n", PL_OK},
        {pl_python_metadata, "Name: a\n\nVersion: 1\n", "", PL_FORMAT},
        {pl_conda_meta,
         "{\"name\":\"zlib\",\"version\":\"1.2\",\"license\":\"Zlib\",\"url\":\"https://c/z\","
         "\"sha256\":\"ab\",\"files\":[]}",
         "zlib 1.2 licence=Zlib from=https://c/z sum=sha256:ab\n", PL_OK},
        {pl_requirements,
         "# c\n-r base.txt\n--index-url x\na==1.0 \\\n    --hash=sha256:aa \\\n    "
         "--hash=sha256:bb\nB_c[x,y]==2.0 ; python_version < '3'\nd>=1\ne==1.*\nf===3 # via\n",
         "a 1.0 sum=sha256:aa\nB_c 2.0\nd  unpinned\ne  unpinned\nf 3\n", PL_OK},
        {pl_requirements, "git+https://h/a\n./own\n", "git  unpinned\n.  unpinned\n", PL_OK},
        {pl_poetry_lock,
         "[[package]]\nname = \"a\"\nversion = \"1.0\"\ncategory = \"dev\"\noptional = false\n"
         "\n[package.dependencies]\nname = \"no\"\n\n[[package]]\nname = \"b\"\nversion = \"2\"\n"
         "groups = [\"main\", \"dev\"]\nfiles = [\n    {file = \"b.whl\", hash = \"sha256:ab\"},\n "
         "   {file = "
         "\"b.tar.gz\", hash = \"sha256:cd\"},\n]\n\n[package.source]\ntype = \"git\"\nurl = "
         "\"https://g/b\"\n\n[[package]]\nname = \"own\"\nversion = \"1\"\n[package.source]\n"
         "type = \"directory\"\nurl = \"../own\"\n[metadata]\nname = \"no\"\n",
         "a 1.0 dev\nb 2 from=https://g/b sum=sha256:ab\n", PL_OK},
        {pl_uv_lock,
         "version = 1\n[[package]]\nname = \"own\"\nversion = \"0.1\"\nsource = { virtual = "
         "\".\" }\n[[package]]\nname = \"a\"\nversion = \"1.0\"\nsource = { registry = "
         "\"https://pypi.org/simple\" }\nsdist = { url = \"https://f/a.tar.gz\", hash = "
         "\"sha256:ab\", size = 1 }\n",
         "a 1.0 from=https://pypi.org/simple sum=sha256:ab\n", PL_OK},
        {pl_uv_lock,
         "version = 1\n[[package]]\nname = \"a\"\nversion = \"1.0\"\nsource = { registry = \"r\" "
         "}\n"
         "dependencies = [\n    { name = \"b\", marker = \"x\" },\n]\n[[package]]\nname = \"b\"\n"
         "version = \"1\"\nsource = { registry = \"r\" }\nwheels = [\n    { url = \"https://b\", "
         "hash = "
         "\"sha256:ab\" },\n]\n[[package]]\nname = \"own\"\nversion = \"0.1\"\nsource = { editable "
         "= "
         "\".\" }\ndependencies = [\n    { name = \"a\" },\n]\n[package.optional-dependencies]\nx "
         "= "
         "[\n    { name = \"o\" },\n]\n[package.dev-dependencies]\ndev = [\n    { name = \"t\" "
         "},\n    "
         "{ name = \"b\" },\n]\n[package.metadata]\nrequires-dist = [{ name = \"n\" "
         "}]\n[[package]]\n"
         "name = \"o\"\nversion = \"1\"\nsource = { registry = \"r\" }\n[[package]]\nname = \"t\"\n"
         "version = \"1\"\nsource = { registry = \"r\" }\ndependencies = [\n    { name = \"u\" "
         "},\n]\n"
         "[[package]]\nname = \"u\"\nversion = \"1\"\nsource = { registry = \"r\" }\n",
         "a 1.0 from=r\nb 1 from=r sum=sha256:ab\no 1 from=r\nt 1 dev from=r\nu 1 dev from=r\n",
         PL_OK},
        {pl_pipfile_lock,
         "{\"_meta\":{},\"default\":{\"a\":{\"hashes\":[\"sha256:aa\",\"sha256:bb\"],\"version\":"
         "\"==1.0\"},\"g\":{\"git\":\"https://g\",\"ref\":\"x\"}},\"develop\":{\"b\":{\"version\":"
         "\"==2\"}}}",
         "a 1.0 sum=sha256:aa\nb 2 dev\n", PL_OK},
    };
    assert_rows(rows, PL_COUNT(rows));
}

static void manifests_of_other_languages_are_read(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {pl_gemspec,
         "# -*- encoding: utf-8 -*-\n# stub: rake 13.0.6 ruby lib\n\nGem::Specification.new do "
         "|s|\n  s.name = \"rake\".freeze\n  s.version = \"13.0.6\"\n  s.licenses = "
         "[\"MIT\".freeze]\nend\n",
         "rake 13.0.6 licence=MIT\n", PL_OK},
        {pl_gemspec,
         "Gem::Specification.new do |s|\n s.name = 'x'\n s.version = "
         "Gem::Version.new('1.2')\nend\n",
         "x 1.2\n", PL_OK},
        {pl_gemspec, "nothing", "", PL_FORMAT},
        {pl_composer_installed,
         "{\"packages\":[{\"name\":\"a/b\",\"version\":\"v1.0.0\",\"license\":[\"MIT\",\"GPL\"],"
         "\"source\":{\"type\":\"git\",\"url\":\"https://g/b.git\",\"reference\":\"abc\"},"
         "\"dist\":{\"shasum\":\"\"}}],\"dev\":true}",
         "a/b 1.0.0 licence=MIT OR GPL from=https://g/b.git#abc\n", PL_OK},
        {pl_composer_installed,
         "{\"packages\":[{\"name\":\"a/b\",\"version\":\"1\",\"dist\":{\"type\":\"path\",\"url\":"
         "\"../b\",\"reference\":\"abc\"}},{\"name\":\"c/d\",\"version\":\"2\",\"dist\":{\"type\":"
         "\"zip\",\"url\":\"https://r/d.zip\",\"shasum\":\"ff\"}}],\"dev\":true,"
         "\"dev-package-names\":[\"z/z\",\"a/b\"]}",
         "a/b 1 dev from=file:../b#abc\nc/d 2 from=https://r/d.zip sum=sha1:ff\n", PL_OK},
        {pl_perllocal,
         "=head2 Sat Nov 21 2026: C<Module> L<A::B|A::B>\n\n=over 4\n\n=item *\n\nC<LINKTYPE: "
         "dynamic>\n\nC<VERSION: 1.07>\n\n=head2 x: C<Module> L<C|C>\nC<VERSION: 1>\n=head2 y: "
         "C<Module> L<C|C>\n\nC<VERSION: 2>\n=head2 z: C<Module> L<D|D>\nVERSION: 3\n",
         "A-B 1.07\nC 2\n", PL_OK},
        {pl_composer_installed, "[{\"name\":\"a/b\",\"version\":\"1\"}]", "a/b 1\n", PL_OK},
        {pl_composer_lock,
         "{\"packages\":[{\"name\":\"a/b\",\"version\":\"1\"}],\"packages-dev\":[{\"name\":"
         "\"c/d\",\"version\":\"2\"}]}",
         "a/b 1\nc/d 2 dev\n", PL_OK},
        {pl_pear_reg,
         "a:5:{s:4:\"name\";s:11:\"Archive_Tar\";s:7:\"channel\";s:12:\"pear.php.net\";s:4:"
         "\"lead\";a:1:{s:4:\"name\";s:1:\"X\";}s:7:\"version\";a:2:{s:7:\"release\";s:5:"
         "\"1.4.9\";s:3:\"api\";s:5:\"1.4.0\";}s:7:\"license\";a:1:{s:8:\"_content\";s:3:"
         "\"BSD\";}}",
         "Archive_Tar 1.4.9 licence=BSD from=pear.php.net\n", PL_OK},
        {pl_pear_reg, "a:1:{s:99999999:\"name\"", "", PL_FORMAT},
        {pl_deps_json,
         "{\"libraries\":{\"App/1.0.0\":{\"type\":\"project\"},\"Newtonsoft.Json/13.0.1\":{"
         "\"type\":\"package\",\"sha512\":\"sha512-x\"},\"runtimepack.Microsoft.NETCore.App."
         "Runtime.linux-x64/6.0.1\":{\"type\":\"runtimepack\"}}}",
         "Newtonsoft.Json 13.0.1 sum=sha512-x\nMicrosoft.NETCore.App.Runtime.linux-x64 6.0.1\n",
         PL_OK},
        {pl_erlang_app,
         "%% comment\n{application, cowboy, [\n\t{description, \"x\"},\n\t{vsn, \"2.9.0\"}\n]}.\n",
         "cowboy 2.9.0\n", PL_OK},
        {pl_erlang_app, "{application,'a b',[{vsn,\"1\"}]}.", "a b 1\n", PL_OK},
        {pl_erlang_app, "{application,x,[]}.", "", PL_FORMAT},
        {pl_cpan_meta, "{\"name\":\"JSON-XS\",\"version\":\"4.03\",\"license\":[\"perl_5\"]}",
         "JSON-XS 4.03 licence=perl_5\n", PL_OK},
        {pl_cpan_meta,
         "{\"name\":\"JSON::XS\",\"version\":\"4.03\",\"dist\":\"JSON-XS-4.03\",\"pathname\":"
         "\"M/ML/MLEHMANN/JSON-XS-4.03.tar.gz\"}",
         "JSON-XS 4.03 from=M/ML/MLEHMANN/JSON-XS-4.03.tar.gz\n", PL_OK},
        {pl_r_description,
         "Package: jsonlite\nVersion: 1.8.4\nLicense: MIT + file LICENSE\nDescription: long\n "
         "Version: no\nRepository: CRAN\nBuilt: R 4.2.2; ; 2023\n",
         "jsonlite 1.8.4 licence=MIT + file LICENSE from=CRAN\n", PL_OK},
        {pl_r_description, "Package: a\nVersion: 1\n", "", PL_OK},
        {pl_rockspec,
         "package = \"lpeg\"\nversion = \"1.0.2-1\"\nsource = {\n   url = "
         "\"http://h/lpeg.tar.gz\"\n}\ndescription = {\n   license = \"MIT\"\n}\n",
         "lpeg 1.0.2-1 licence=MIT from=http://h/lpeg.tar.gz\n", PL_OK},
        {pl_pom_properties, "#c\r\ngroupId=g\r\nartifactId = a\r\nversion=1\r\n", "g:a 1\n", PL_OK},
        {pl_pom_properties, "artifactId=a\nversion=1\n", "", PL_OK},
    };
    assert_rows(rows, PL_COUNT(rows));
}

static void lock_files_of_other_languages_are_read(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {pl_cargo_lock,
         "version = 3\n\n[[package]]\nname = \"own\"\nversion = \"0.1.0\"\ndependencies = [\n "
         "\"a\",\n]\n\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nsource = \"registry+"
         "https://github.com/rust-lang/crates.io-index\"\nchecksum = \"ab\"\n",
         "a 1.0.0 from=registry+https://github.com/rust-lang/crates.io-index sum=sha256:ab\n",
         PL_OK},
        {pl_go_mod,
         "module example.com/m\n\ngo 1.20\n\nrequire example.com/a v1.0.0\n\nrequire (\n\t"
         "example.com/b v1.1.0 // indirect\n\texample.com/c v0.1.0\n\texample.com/d v1.0.0\n)\n\n"
         "replace example.com/b => example.com/fork v1.2.0\nreplace (\n\texample.com/c v0.1.0 => "
         "../c\n\texample.com/d v9.0.0 => example.com/no v1.0.0\n)\n",
         "example.com/a v1.0.0\nexample.com/fork v1.2.0\nexample.com/d v1.0.0\n", PL_OK},
        {pl_gemfile_lock,
         "GIT\n  remote: https://g/x.git\n  revision: abc\n  specs:\n    x (0.1.0)\n\nPATH\n  "
         "remote: .\n  specs:\n    own (1.0)\n\nGEM\n  remote: https://rubygems.org/\n  specs:\n"
         "    nokogiri (1.13.0-x86_64-linux)\n      racc (~> 1.4)\n    racc (1.6.0)\n\nPLATFORMS"
         "\n    ruby (1)\n",
         "x 0.1.0 from=https://g/x.git\nnokogiri 1.13.0 from=https://rubygems.org/\nracc 1.6.0 "
         "from=https://rubygems.org/\n",
         PL_OK},
        {pl_gradle_lock,
         "# comment\norg.slf4j:slf4j-api:1.7.36=compileClasspath,runtimeClasspath\njunit:junit:"
         "4.13=testCompileClasspath,testRuntimeClasspath\nempty=annotationProcessor\n",
         "org.slf4j:slf4j-api 1.7.36\njunit:junit 4.13 dev\n", PL_OK},
        {pl_pom_xml,
         "<?xml version=\"1.0\"?><!-- <dependency> --><project xmlns=\"x\"><version>3.0</version>"
         "<properties><j.v>2.13</j.v><k>${j.v}</k></properties><dependencies>\n<dependency>"
         "<groupId>g</groupId><artifactId>a</artifactId><version> ${k} </version></dependency>"
         "<dependency><groupId>g</groupId><artifactId>t</artifactId><version>1</version><scope>"
         "test</scope><exclusions><exclusion><groupId>no</groupId></exclusion></exclusions>"
         "</dependency><dependency><groupId>g</groupId><artifactId>by-parent</artifactId>"
         "</dependency><dependency><groupId>g</groupId><artifactId>own</artifactId><version>"
         "${project.version}</version></dependency></dependencies><build><dependencies>"
         "<dependency><groupId>no</groupId></dependency></dependencies></build></project>",
         "g:a 2.13\ng:t 1 dev\ng:by-parent  unpinned\ng:own 3.0\n", PL_OK},
        {pl_pom_xml,
         "<project><parent><groupId>org.p</groupId><version>7</version></parent><properties><m>4"
         "</m></properties><dependencyManagement><dependencies><dependency><groupId>g</groupId>"
         "<artifactId>a</artifactId><version>1.${m}-${m}</version></dependency><dependency>"
         "<groupId>g</groupId><artifactId>t</artifactId><version>2</version><scope>test</scope>"
         "</dependency></dependencies></dependencyManagement><dependencies><dependency><groupId>g"
         "</groupId><artifactId>a</artifactId></dependency><dependency><groupId>g</groupId>"
         "<artifactId>t</artifactId></dependency><dependency><groupId>${project.groupId}</groupId>"
         "<artifactId>sister</artifactId><version>${project.version}</version></dependency>"
         "<dependency><groupId>${unknown}</groupId><artifactId>b</artifactId><version>1</version>"
         "</dependency><dependency><groupId>g</groupId><artifactId>b</artifactId><version>"
         "${unknown}</version></dependency></dependencies></project>",
         "g:a 1.4-4\ng:t 2 dev\norg.p:sister 7\ng:b  unpinned\n", PL_OK},
        {pl_pom_xml,
         "<project><properties><a>${b}</a><b>${a}</b></properties><dependencies><dependency>"
         "<groupId>g</groupId><artifactId>a</artifactId><version>${a}</version></dependency>"
         "</dependencies></project>",
         "g:a  unpinned\n", PL_OK},
        {pl_nuget_lock,
         "{\"version\":1,\"dependencies\":{\"net6.0\":{\"A.B\":{\"type\":\"Direct\",\"resolved\":"
         "\"1.0.0\",\"contentHash\":\"x\"},\"own\":{\"type\":\"Project\"}}}}",
         "A.B 1.0.0 sum=x\n", PL_OK},
        {pl_pdm_lock,
         "[metadata]\ngroups = [\"default\", \"dev\"]\n\n[[package]]\nname = \"a\"\nversion = "
         "\"1.0\"\ngroups = [\"default\"]\nfiles = [\n    {file = \"a-1.0.whl\", hash = "
         "\"sha256:ab\"},\n]\n\n[[package]]\nname = \"t\"\nversion = \"2\"\ngroups = [\"dev\"]\n",
         "a 1.0 sum=sha256:ab\nt 2 dev\n", PL_OK},
        {pl_pylock,
         "lock-version = \"1.0\"\n\n[[packages]]\nname = \"a\"\nversion = \"1.0\"\nindex = "
         "\"https://pypi.org/simple\"\n\n[[packages.wheels]]\nname = "
         "\"a.whl\"\n\n[packages.wheels.hashes]\nsha256 = \"ab\"\n\n[[packages]]\nname = "
         "\"own\"\ndirectory = { path = \".\" }\n",
         "a 1.0 from=https://pypi.org/simple sum=sha256:ab\n", PL_OK},
        {pl_bun_lock,
         "{\n  \"lockfileVersion\": 1,\n  \"workspaces\": {\n    \"\": {\n      \"name\": \"x\",\n "
         "   },\n  },\n  \"packages\": {\n    \"@s/a\": [\"@s/a@1.0.0\", \"\", { \"dependencies\": "
         "{ \"b\": \"2\" } }, \"sha512-x\"],\n    \"own\": [\"own@workspace:packages/own\"],\n    "
         "\"g\": [\"g@github:u/g#abc\", {}, \"u-g-abc\"],\n  }\n}\n",
         "@s/a 1.0.0 sum=sha512-x\ng abc from=github:u/g\n", PL_OK},
        {pl_mix_lock,
         "%{\n  \"plug\": {:hex, :plug, \"1.3.0\", \"aa\", [:mix], [{:mime, \"~> 1.0\", [hex: "
         ":mime]}], \"hexpm\", \"bb\"},\n  \"g\": {:git, \"https://g/g.git\", \"abc\", []},\n}\n",
         "plug 1.3.0\ng abc from=https://g/g.git\n", PL_OK},
        {pl_pub_lock,
         "packages:\n  http:\n    dependency: \"direct main\"\n    description:\n      name: "
         "http\n      sha256: ab\n      url: \"https://pub.dev\"\n    source: hosted\n    version: "
         "\"0.12.0\"\n  own:\n    dependency: \"direct main\"\n    description:\n      path: "
         "\"../own\"\n    source: path\n    version: \"1.0.0\"\nsdks:\n  dart: \">=3.0.0\"\n",
         "http 0.12.0 from=https://pub.dev sum=sha256:ab\n", PL_OK},
        {pl_pylock,
         "[[packages]]\nname = \"a\"\nversion = \"1\"\nvcs = { type = \"git\", url = "
         "\"https://g/a\" }\nsdist = { url = \"https://f/a\", hashes = { sha256 = \"cd\" } "
         "}\n[[packages]]\nname = \"b\"\nversion = \"2\"\n[packages.directory]\npath = \".\"\n",
         "a 1 from=https://g/a sum=sha256:cd\n", PL_OK},
        {pl_pub_lock,
         "packages:\n  flutter:\n    dependency: \"direct main\"\n    description: flutter\n    "
         "source: sdk\n    version: \"0.0.0\"\n  t:\n    dependency: \"direct dev\"\n    source: "
         "hosted\n    version: \"1\"\n",
         "t 1 dev\n", PL_OK},
        {pl_r_description,
         "Package: x\nVersion: 1\nRemoteType: github\nRemoteUsername: u\nRemoteRepo: x\nRemoteSha: "
         "abc\nRepository: CRAN\nBuilt: R 4\n",
         "x 1 from=github:u/x#abc\n", PL_OK},
        {pl_conda_meta, "{\"name\":\"x\",\"version\":\"1\",\"channel\":\"https://c/linux-64\"}",
         "x 1 from=https://c/linux-64\n", PL_OK},
    };
    assert_rows(rows, PL_COUNT(rows));
}

static void names_and_urls_have_the_form_that_advisories_use(void **state)
{
    (void)state;
    static const struct {
        pl_lang lang;
        const char *name, *osv, *purl;
    } rows[] = {
        {PL_LANG_PYPI, "Zope.__Interface", "zope-interface", "pkg:pypi/zope-interface@1"},
        {PL_LANG_NPM, "@Scope/Name", "@Scope/Name", "pkg:npm/%40Scope/Name@1"},
        {PL_LANG_MAVEN, "org.g:art", "org.g:art", "pkg:maven/org.g/art@1"},
        {PL_LANG_COMPOSER, "Symfony/HTTP", "symfony/http", "pkg:composer/symfony/http@1"},
        {PL_LANG_NUGET, "Newtonsoft.Json", "Newtonsoft.Json", "pkg:nuget/Newtonsoft.Json@1"},
        {PL_LANG_GO, "github.com/A/b", "github.com/A/b", "pkg:golang/github.com/A/b@1"},
        {PL_LANG_HEX, "Cowboy", "cowboy", "pkg:hex/cowboy@1"},
    };

    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        PL_AUTO_BUF pl_buf osv = {0};
        PL_AUTO_BUF pl_buf purl = {0};
        pl_lang_osv_name(rows[i].lang, pl_str_c(rows[i].name), &osv);
        pl_lang_purl(rows[i].lang, pl_str_c(rows[i].name), PL_S("1"), &purl);
        if (!pl_str_eq(pl_buf_view(&osv), pl_str_c(rows[i].osv)) ||
            !pl_str_eq(pl_buf_view(&purl), pl_str_c(rows[i].purl)))
            fail_msg("%s gave %.*s and %.*s", rows[i].name, PL_F(pl_buf_view(&osv)),
                     PL_F(pl_buf_view(&purl)));
    }
}

static void places_and_file_names_say_what_a_file_is(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf name = {0};
    pl_str artifact;
    pl_str version;

    assert_true(pl_npm_is_installed_at(PL_S("/a/node_modules/b/package.json")));
    assert_true(pl_npm_is_installed_at(PL_S("/node_modules/@s/b/package.json")));
    assert_false(pl_npm_is_installed_at(PL_S("/a/node_modules/b/dist/package.json")));
    assert_false(pl_npm_is_installed_at(PL_S("/a/node_modules/@s/package.json")));
    assert_false(pl_npm_is_installed_at(PL_S("/package.json")));
    assert_true(pl_jar_file_name(PL_S("a-b-1.0-SNAPSHOT.jar"), &artifact, &version));
    assert_str(artifact, "a-b");
    assert_str(version, "1.0-SNAPSHOT");
    assert_false(pl_jar_file_name(PL_S("a-b.jar"), &artifact, &version));
    assert_str(artifact, "a-b");
    assert_true(pl_packlist_name(PL_S("/usr/lib/perl5/auto/JSON/XS/.packlist"), &name));
    assert_str(pl_buf_view(&name), "JSON-XS");
    assert_false(pl_packlist_name(PL_S("/x/.packlist"), &name));
}

static void a_note_gives_back_what_was_put_in(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf note = {0};
    const pl_found f = {.kind = PL_FOUND_LOCKED,
                        .lang = PL_LANG_GO,
                        .scope = PL_SCOPE_DEVELOPMENT,
                        .is_optional = true,
                        .name = PL_S("n"),
                        .version = PL_S("v"),
                        .at = PL_S("a")};
    pl_found back;

    pl_found_encode(&f, &note);
    assert_true(pl_found_decode(pl_buf_view(&note), &back));
    assert_int_equal(back.lang, PL_LANG_GO);
    assert_int_equal(back.scope, PL_SCOPE_DEVELOPMENT);
    assert_true(back.is_optional && !back.is_guessed);
    assert_str(back.at, "a");
    for (size_t n = 0; n < note.n; n++)
        assert_false(pl_found_decode((pl_str){note.p, n}, &back));
    note.p[1] = (char)200;
    assert_false(pl_found_decode(pl_buf_view(&note), &back));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(npm_manifests_and_locks_are_read),
        cmocka_unit_test(python_metadata_and_locks_are_read),
        cmocka_unit_test(manifests_of_other_languages_are_read),
        cmocka_unit_test(lock_files_of_other_languages_are_read),
        cmocka_unit_test(names_and_urls_have_the_form_that_advisories_use),
        cmocka_unit_test(places_and_file_names_say_what_a_file_is),
        cmocka_unit_test(a_note_gives_back_what_was_put_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
