#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""
Makes true lines: credentials drawn at random in the form that their provider documents, standing
where people write them. It knows nothing of the patterns in content/secrets/, so that what the
patterns find of its lines says something about them.

    secret_lines.py [--seed N] [--each N] FOLDER     a file KIND.txt with N lines for every kind
    secret_lines.py --kinds                          the kinds, one a line

A form is text with fields: <ALPHABET:LENGTH>, <ALPHABET:LEAST-MOST>, <uuid>, and <NAME> for what a
function below makes. Where it stands: "any" is wherever credentials are written; a list of names is
the names that the provider gives the setting, for forms that nothing else tells; "as-is" is the
whole line.
"""
import argparse
import base64
import json
import os
import random
import re
import string
import uuid
import zlib

LOWER, UPPER, DIGITS = string.ascii_lowercase, string.ascii_uppercase, string.digits
ALPHABETS = {
    "hex": DIGITS + "abcdef",
    "HEX": DIGITS + "ABCDEF",
    "d": DIGITS,
    "d1": "123456789",
    "a": LOWER,
    "A": UPPER,
    "aA": LOWER + UPPER,
    "an": LOWER + DIGITS,
    "AN": UPPER + DIGITS,
    "aAn": LOWER + UPPER + DIGITS,
    "b64": LOWER + UPPER + DIGITS + "+/",
    "url": LOWER + UPPER + DIGITS + "-_",
    "tilde": LOWER + UPPER + DIGITS + "-_~.",
    "b32": UPPER + "234567",
    "b32l": LOWER + "234567",
    "b62": DIGITS + UPPER + LOWER,
    "crypt": "./" + DIGITS + UPPER + LOWER,
    "bech": "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L",
    "word": LOWER,
    "AQgw": "AQgw",
    "AP": "ABCDEFGHIJKLMNOP",
}

# kind | form | where
FORMS = r"""
aws-access-key-id | <aws_id> | any
aws-secret-access-key | <b64:40> | AWS_SECRET_ACCESS_KEY aws_secret_access_key SecretAccessKey
aws-session-token | IQoJb3JpZ2luX2Vj<b64:300-700>== | AWS_SESSION_TOKEN aws_session_token SessionToken
aws-bedrock-key | ABSK<bedrock> | any
aws-bedrock-short-key | bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29t<b64:80-200> | any
aws-mws-token | amzn.mws.<uuid> | any
alibaba-access-key-id | LTAI<aAn:20> | any
alibaba-secret-key | <aAn:30> | ALIBABA_CLOUD_ACCESS_KEY_SECRET ALICLOUD_SECRET_KEY aliyun_access_key_secret
tencent-secret-id | AKID<aAn:32> | any
tencent-secret-key | <aAn:32> | TENCENTCLOUD_SECRET_KEY tencentcloud_secretKey
ibm-cloud-key | <url:44> | IBMCLOUD_API_KEY ibm_api_key ibmcloud_apikey
yandex-iam-token | t1.<aAn:100-180>.<url:86> | any
yandex-api-key | AQVN<url:36> | any
yandex-static-key | YC<url:38> | YANDEX_STORAGE_SECRET yandex_secret_key
digitalocean-token | dop_v1_<hex:64> | any
digitalocean-oauth-token | doo_v1_<hex:64> | any
digitalocean-refresh-token | dor_v1_<hex:64> | any
scaleway-secret-key | <uuid> | SCW_SECRET_KEY scaleway_secret_key
linode-token | <hex:64> | LINODE_TOKEN LINODE_CLI_TOKEN linode_api_token
vultr-api-key | <AN:36> | VULTR_API_KEY vultr_api_key
hetzner-token | <aAn:64> | HCLOUD_TOKEN hcloud_token
flyio-token | fm2_<b64:500-680> | any
flyio-legacy-token | fo1_<url:43> | any
google-api-key | AIzaSy<google_abcd><url:32> | any
google-express-key | AQ.Ab8R<url:46> | any
google-access-token | ya29.a0<url:150-200> | any
google-refresh-token | 1//0<url:60-90> | google_refresh_token GOOGLE_REFRESH_TOKEN refresh_token
google-oauth-secret | GOCSPX-<url:28> | any
google-service-account | {"type": "service_account", "project_id": "<word:9>", "private_key_id": "<hex:40>", "private_key": "<pem_json>", "client_email": "<word:6>@<word:9>.iam.gserviceaccount.com"} | as-is
google-hmac-secret | <b64:40> | GCS_HMAC_SECRET gcs_secret_access_key
google-fcm-server-key | AAAA<url:7>:APA91b<url:134> | any
recaptcha-secret | 6L<url:38> | RECAPTCHA_SECRET_KEY recaptcha_private_key RECAPTCHA_SECRET
azure-storage-key | <b64:86>== | AccountKey AZURE_STORAGE_KEY azure_storage_account_key
azure-storage-identifiable-key | <b64:76>+ASt<b64:5><AQgw:1>== | any
azure-cosmos-key | <b64:76>ACDb<b64:5><AQgw:1>== | any
azure-batch-key | <b64:76>+ABa<b64:5><AQgw:1>== | any
azure-apim-key | <b64:76>APIM<b64:5><AQgw:1>== | any
azure-ml-key | <b64:76>+AMC<b64:5><AQgw:1>== | any
azure-sas-token | https://acct.blob.core.windows.net/c?sv=2023-01-03&sp=rl&se=2027-01-01T00%3A00%3A00Z&sr=c&sig=<b64pct> | as-is
azure-service-bus-key | <b64:33>+ASb<AP:1><b64:5>= | any
azure-event-hubs-key | <b64:33>+AEh<AP:1><b64:5>= | any
azure-relay-key | <b64:33>+ARm<AP:1><b64:5>= | any
azure-shared-access-key | <b64:43>= | SharedAccessKey
azure-iot-key | <b64:33>AIoT<AP:1><b64:5>= | any
azure-redis-key | <b64:33>AzCa<AP:1><b64:5>= | any
azure-event-grid-key | <b64:33>AZEG<AP:1><b64:5>= | any
azure-functions-key | <url:44>AzFu<url:5><AQgw:1>== | any
azure-search-key | <aAn:42>AzSe<search_ad><aAn:5> | any
azure-registry-password | <b64:42>+ACR<search_ad><b64:5> | any
azure-annotated-key | <aAn:52>JQQJ99<search_y><month><aAn:16>AZEG<aAn:4> | any
azure-devops-token | <aAn:52>JQQJ99<search_y><month><aAn:12>AAAAAZDO<aAn:4> | any
azure-ai-key | <aAn:52>JQQJ99<search_y><month><aAn:12>AAAAACOG<aAn:4> | any
azure-devops-legacy-token | <b32l:52> | AZURE_DEVOPS_EXT_PAT ado_pat AZURE_DEVOPS_PAT
azure-app-configuration | Endpoint=https://<word:8>.azconfig.io;Id=<aAn:4>-l0-s0:<aAn:20>;Secret=<b64:43>= | as-is
azure-client-secret | <aAn:3>8Q~<tilde:34> | any
azure-refresh-token | 0.A<url:55>.Ag<url:300-600> | any
azure-publish-profile | <publishProfile profileName="x" publishUrl="x.scm.azurewebsites.net:443" userName="$x" userPWD="<aAn:60>"/> | as-is
github-token | ghp_<github> | any
github-token | gho_<github> | any
github-token | ghu_<github> | any
github-token | ghs_<github> | any
github-token | ghr_<github76> | any
github-stateless-token | ghs_<d:1-8>_<jwt> | any
github-fine-grained-token | github_pat_<b62:22>_<b62:59> | any
github-legacy-token | <hex:40> | GITHUB_TOKEN github_oauth_token github_access_token
gitlab-token | glpat-<url:20> | any
gitlab-token | <gitlab_routable> | any
gitlab-oauth-secret | gloas-<url:64> | any
gitlab-deploy-token | gldt-<url:20> | any
gitlab-runner-token | glrt-<url:20> | any
gitlab-runner-token | glrtr-<url:20> | any
gitlab-registration-token | GR1348941<url:20> | any
gitlab-job-token | glcbt-<an:2>_<url:20> | any
gitlab-trigger-token | glptt-<hex:40> | any
gitlab-feed-token | glft-<url:20> | any
gitlab-mail-token | glimt-<url:25> | any
gitlab-agent-token | glagent-<url:50> | any
gitlab-scim-token | glsoat-<url:20> | any
gitlab-feature-token | glffct-<url:20> | any
gitlab-workspace-token | glwt-<url:20> | any
gitlab-session | Cookie: _gitlab_session=<hex:32>; x=1 | as-is
bitbucket-app-password | ATBB<aAn:24><HEX:8> | any
bitbucket-client-secret | <url:64> | BITBUCKET_CLIENT_SECRET bitbucket_secret
bitbucket-access-token | ATCTT3xFfG<url:170>=<HEX:8> | any
bitbucket-server-token | BBDC-<b64:44> | any
atlassian-token | ATATT3xFfGF0<url:171>=<HEX:8> | any
atlassian-legacy-token | <aAn:24> | ATLASSIAN_API_TOKEN JIRA_API_TOKEN confluence_token
npm-token | npm_<github> | any
npm-legacy-token | //registry.npmjs.org/:_authToken=<uuid> | as-is
npm-auth | //r.corp.lan/:_auth=<basic> | as-is
npm-auth | //r.corp.lan/:_password="<b64text>" | as-is
pypi-token | pypi-AgEIcHlwaS5vcmcC<url:150-157> | any
pypi-token | pypi-AgENdGVzdC5weXBpLm9yZwI<url:150-170> | any
pyx-key | sk-pyx-<aAn:64> | any
rubygems-key | rubygems_<hex:48> | any
sidekiq-credential | <hex:8>:<hex:8> | BUNDLE_ENTERPRISE__CONTRIBSYS__COM BUNDLE_GEMS__CONTRIBSYS__COM
crates-token | cio<aAn:32> | any
nuget-key | oy2<b32l:43> | any
nuget-password | <add key="ClearTextPassword" value="<aAn:14>!" /> | as-is
packagist-token | packagist_ack_<hex:30> | any
packagist-token | packagist_acs_<hex:80> | any
packagist-token | packagist_uut_<hex:68> | any
clojars-token | CLOJARS_<an:60> | any
artifactory-api-key | AKCp<aAn:69> | any
artifactory-reference-token | cmVmd<aAn:59> | any
jfrog-token | <an:73> | JFROG_ACCESS_TOKEN artifactory_api_key
packagecloud-token | <hex:48> | PACKAGECLOUD_TOKEN packagecloud_api_token
cloudsmith-key | <hex:40> | CLOUDSMITH_API_KEY cloudsmith_token
docker-hub-token | dckr_pat_<url:27> | any
docker-hub-token | dckr_oat_<url:32> | any
docker-hub-legacy-token | <uuid> | DOCKER_HUB_TOKEN DOCKERHUB_TOKEN docker_hub_password
docker-auth | {"auths":{"r.corp.lan":{"auth":"<basic>"}}} | as-is
docker-identity-token | {"auths":{"r.corp.lan":{"identitytoken":"<url:60>"}}} | as-is
swarm-token | SWMTKN-1-<an:50>-<an:25> | any
swarm-token | SWMKEY-1-<b64:43> | any
kubernetes-bootstrap-token | kubeadm join 10.0.0.1:6443 --token <an:6>.<an:16> --discovery-token-ca-cert-hash sha256:<hex:64> | as-is
kubeconfig-key | client-key-data: <pem_base64> | as-is
kubernetes-docker-config | .dockerconfigjson: <dockerconfig> | as-is
openshift-token | sha256~<url:43> | any
rancher-token | token-<an:5>:<an:54> | any
portainer-token | ptr_<b64:43>= | any
harness-token | pat.<url:22>.<hex:24>.<aAn:20> | any
octopus-key | API-<AN:26> | any
vault-token | hvs.<url:90-120> | any
vault-batch-token | hvb.<url:138-300> | any
vault-recovery-token | hvr.<url:24> | any
vault-legacy-token | s.<aAn:23><d:1> | VAULT_TOKEN X-Vault-Token vault_token
vault-unseal-key | Unseal Key 1: <b64:43>= | as-is
vault-approle-secret | <uuid> | VAULT_SECRET_ID vault_secret_id approle_secret_id
terraform-cloud-token | <aAn:14>.atlasv1.<url:67> | any
hcp-client-secret | <aAn:64> | HCP_CLIENT_SECRET hcp_client_secret
consul-token | <uuid> | CONSUL_HTTP_TOKEN X-Consul-Token consul_token
nomad-token | <uuid> | NOMAD_TOKEN nomad_token
infracost-key | ico-<aAn:32> | any
pulumi-token | pul-<hex:40> | any
doppler-token | dp.pt.<aAn:43> | any
doppler-token | dp.st.prd.<aAn:43> | any
doppler-token | dp.audit.<aAn:43> | any
onepassword-service-token | ops_eyJ<b64:300-400> | any
onepassword-secret-key | A3-<AN:6>-<AN:6>-<AN:5>-<AN:5>-<AN:5>-<AN:5> | any
onepassword-recovery-key | 1PRK-<AN:4>-<AN:4>-<AN:4>-<AN:4>-<AN:4>-<AN:4>-<AN:4>-<AN:4>-<AN:4>-<AN:4>-<AN:4>-<AN:4>-<AN:4> | any
bitwarden-client-secret | <aAn:30> | BW_CLIENTSECRET bitwarden_client_secret
databricks-token | dapi<hex:32> | any
databricks-token | dapi<hex:32>-3 | any
confluent-secret | <b64:64> | CONFLUENT_CLOUD_API_SECRET confluent_api_secret
kafka-jaas | sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username="app" password="<aAn:20>"; | as-is
aiven-password | AVNS_<url:19> | any
planetscale-token | pscale_tkn_<url:43> | any
planetscale-password | pscale_pw_<url:43> | any
planetscale-oauth-token | pscale_oauth_<url:43> | any
supabase-token | sbp_<hex:40> | any
supabase-secret-key | sb_secret_<url:31> | any
clickhouse-key | 4b1d<aAn:38> | any
database-url | mongodb+srv://app:<aAn:16>@c0.abcde.mongodb.net/db | as-is
database-url | postgresql://app:<aAn:16>@db.corp.lan:5432/app | as-is
database-url | mysql+pymysql://app:<aAn:16>@db/app | as-is
database-url | rediss://:<aAn:32>@cache.corp.lan:6380/0 | as-is
database-url | amqps://app:<aAn:16>@mq.corp.lan/vhost | as-is
mongodb-atlas-key | <uuid> | MONGODB_ATLAS_PRIVATE_KEY atlas_private_key
sql-server-connection | Server=tcp:x.database.windows.net,1433;Initial Catalog=app;User ID=app;Password=<aAn:16>!; | as-is
jdbc-password | jdbc:postgresql://db:5432/app?user=app&password=<aAn:16> | as-is
ldap-password | bindpw <aAn:16> | as-is
ldap-password | "ldap_bind_password": "<aAn:16>" | as-is
url-password | https://deploy:<aAn:20>@git.corp.lan/a/b.git | as-is
url-password | smtp://mailer:<aAn:20>@mail.corp.lan:587 | as-is
http-authorization | Authorization: Bearer <url:40> | as-is
http-authorization | curl -H 'Authorization: Basic <basic>' https://x.lan/ | as-is
http-api-key-header | curl -H "X-Api-Key: <aAn:32>" https://x.lan/ | as-is
command-password | mysql -u root -p<aAn:14> app | as-is
command-password | curl -fsS -u deploy:<aAn:20> https://x.lan/ | as-is
jwt | <jwt> | any
jwk-private | {"kty":"EC","crv":"P-256","kid":"1","x":"<url:43>","y":"<url:43>","d":"<url:43>"} | as-is
private-key | <pem:PRIVATE KEY:MII> | as-is
private-key | <pem:RSA PRIVATE KEY:MII> | as-is
private-key | <pem:EC PRIVATE KEY:MHcCAQEE> | as-is
private-key | <pem:OPENSSH PRIVATE KEY:b3BlbnNzaC1rZXktdjEA> | as-is
private-key | <pem:PGP PRIVATE KEY BLOCK:lQOYB> | as-is
encrypted-private-key | <pem:ENCRYPTED PRIVATE KEY:MII> | as-is
ssh2-private-key | <ssh2> | as-is
putty-private-key | <putty> | as-is
age-secret-key | <age> | any
wireguard-key | PrivateKey = <key32> | as-is
openvpn-static-key | <openvpn> | as-is
tor-onion-key | == ed25519v1-secret: type0 ==<b64:64> | as-is
tsig-key | secret "<b64:43>="; | as-is
dnssec-private-key | <dnssec> | as-is
password-hash | root:$6$<crypt:16>$<crypt:86>:19000:0:99999:7::: | as-is
password-hash | app:$y$j9T$<crypt:22>$<crypt:43>:19000:0:99999:7::: | as-is
password-hash | admin:$apr1$<crypt:8>$<crypt:22> | as-is
password-hash | $2b$12$<crypt:53> | as-is
django-secret-key | SECRET_KEY = 'django-insecure-<an:50>' | as-is
rails-master-key | <hex:32> | RAILS_MASTER_KEY rails_master_key
rails-secret-key-base | <hex:128> | SECRET_KEY_BASE secret_key_base
laravel-app-key | APP_KEY=base64:<key32> | as-is
aspnet-machine-key | <machineKey validationKey="<HEX:128>" decryptionKey="<HEX:48>" validation="SHA1" /> | as-is
wordpress-salt | define( 'AUTH_KEY',         '<aAn:64>' ); | as-is
wordpress-password | define( 'DB_PASSWORD', '<aAn:16>' ); | as-is
netrc-password | machine x.corp.lan login app password <aAn:16> | as-is
cargo-registry-token | [registry]\ntoken = "cio<aAn:32>" | as-is
composer-auth | {"http-basic": {"repo.corp.lan": {"username": "app", "password": "<aAn:20>"}}} | as-is
symfony-default-secret | APP_SECRET=ThisTokenIsNotSoSecretChangeIt | as-is
jenkins-token | 11<hex:32> | JENKINS_API_TOKEN jenkins_token
circleci-token | CCIPAT_<aAn:22>_<hex:40> | any
circleci-token | CCIPRJ_<aAn:22>_<hex:40> | any
circleci-legacy-token | <hex:40> | CIRCLE_TOKEN CIRCLECI_TOKEN circleci_api_token
buildkite-token | bkua_<an:40> | any
travis-token | <aAn:22> | TRAVIS_TOKEN TRAVIS_API_TOKEN travis_token
drone-token | <aAn:32> | DRONE_TOKEN drone_token
codecov-token | <uuid> | CODECOV_TOKEN codecov_token
sonar-token | squ_<hex:40> | any
sonar-token | sqp_<hex:40> | any
snyk-token | <uuid> | SNYK_TOKEN snyk_token
sourcegraph-token | sgp_<hex:40> | any
sourcegraph-token | sgp_<hex:16>_<hex:40> | any
heroku-key | HRKU-AA<url:58> | any
heroku-legacy-key | <uuid> | HEROKU_API_KEY heroku_api_key
netlify-token | nfp_<aAn:36> | any
vercel-token | <aAn:24> | VERCEL_TOKEN vercel_token
deno-token | ddp_<aAn:36> | any
cloudflare-token | cfut_<aAn:40><hex:8> | any
cloudflare-token | cfat_<aAn:40><hex:8> | any
cloudflare-global-key | cfk_<aAn:40><hex:8> | any
cloudflare-legacy-token | <url:40> | CLOUDFLARE_API_TOKEN CF_API_TOKEN cloudflare_api_token
cloudflare-legacy-key | <hex:37> | CLOUDFLARE_API_KEY X-Auth-Key CF_API_KEY
cloudflare-origin-ca-key | v1.0-<hex:24>-<hex:146> | any
fastly-token | <url:32> | FASTLY_API_TOKEN FASTLY_API_KEY Fastly-Key
akamai-secret | <b64:43>= | akamai_client_secret AKAMAI_CLIENT_SECRET
akamai-token | akab-<an:16>-<an:16> | any
godaddy-secret | <aAn:22> | GODADDY_API_SECRET godaddy_secret
ngrok-token | <ngrok> | NGROK_AUTHTOKEN ngrok_authtoken
tailscale-key | tskey-auth-<aAn:17>-<aAn:32> | any
tailscale-key | tskey-api-<aAn:17>-<aAn:32> | any
defined-networking-token | dnkey-<an:26>-<an:52> | any
meraki-key | <hex:40> | MERAKI_DASHBOARD_API_KEY meraki_api_key
okta-token | 00<url:40> | OKTA_API_TOKEN okta_token
auth0-secret | <url:64> | AUTH0_CLIENT_SECRET auth0_client_secret
onelogin-secret | <hex:64> | ONELOGIN_CLIENT_SECRET onelogin_secret
jumpcloud-key | <aAn:40> | JUMPCLOUD_API_KEY jumpcloud_api_key
slack-token | xoxb-<d:12>-<d:13>-<aAn:24> | any
slack-token | xoxp-<d:12>-<d:12>-<d:13>-<hex:32> | any
slack-app-token | xapp-1-A<AN:10>-<d:13>-<hex:64> | any
slack-config-token | xoxe.xoxp-1-<AN:163-166> | any
slack-config-token | xoxe-1-<AN:146> | any
slack-webhook | https://hooks.slack.com/services/T<AN:8>/B<AN:10>/<aAn:24> | as-is
discord-token | <discord> | any
discord-webhook | https://discord.com/api/webhooks/<d1:1><d:17>/<url:68> | as-is
discord-secret | <url:32> | DISCORD_CLIENT_SECRET discord_client_secret
telegram-token | <d1:1><d:9>:AA<url:33> | any
teams-webhook | https://corp.webhook.office.com/webhookb2/<uuid>@<uuid>/IncomingWebhook/<an:32>/<uuid> | as-is
mattermost-token | <an:26> | MATTERMOST_TOKEN mattermost_token
zoom-secret | <aAn:32> | ZOOM_CLIENT_SECRET zoom_client_secret
webex-token | <hex:64> | WEBEX_TOKEN webex_client_secret
zapier-webhook | https://hooks.zapier.com/hooks/catch/<d:7>/<an:7>/ | as-is
twilio-token | <hex:32> | TWILIO_AUTH_TOKEN twilio_auth_token
twilio-api-key | SK<hex:32> | TWILIO_API_KEY twilio_api_key
sendgrid-key | SG.<url:22>.<url:43> | any
mailgun-key | key-<hex:32> | any
mailgun-sending-key | <hex:32>-<hex:8>-<hex:8> | MAILGUN_API_KEY mailgun_key
mailchimp-key | <hex:32>-us<d1:1><d:1> | any
mandrill-key | <url:22> | MANDRILL_API_KEY mandrill_key
brevo-key | xkeysib-<hex:64>-<aAn:16> | any
brevo-smtp-key | xsmtpsib-<hex:64>-<aAn:16> | any
postmark-token | <uuid> | POSTMARK_SERVER_TOKEN X-Postmark-Server-Token
ses-smtp-password | B<b64:43> | SES_SMTP_PASSWORD ses_smtp_password
stripe-key | sk_live_<aAn:24> | any
stripe-key | rk_live_<aAn:99> | any
stripe-test-key | sk_test_<aAn:24> | any
stripe-webhook-secret | whsec_<aAn:32> | any
square-token | EAAA<url:60> | any
square-secret | sq0csp-<url:43> | any
square-secret | sq0atp-<url:22> | any
paypal-secret | E<url:79> | PAYPAL_CLIENT_SECRET paypal_secret
braintree-token | access_token$production$<an:16>$<hex:32> | any
braintree-key | <hex:32> | BRAINTREE_PRIVATE_KEY braintree_private_key
plaid-secret | <hex:30> | PLAID_SECRET plaid_secret
plaid-token | access-production-<uuid> | any
adyen-key | AQE<b64:60>-<b64:40>=-<aAn:16> | any
checkout-key | sk_<uuid> | any
razorpay-key | rzp_live_<aAn:14> | any
flutterwave-key | FLWSECK-<hex:32>-X | any
gocardless-token | live_<url:40> | GOCARDLESS_ACCESS_TOKEN gocardless_token
shippo-token | shippo_live_<hex:40> | any
easypost-key | EZAK<aAn:54> | any
lob-key | live_<hex:35> | LOB_API_KEY lob_api_key
wise-token | <uuid> | TRANSFERWISE_API_TOKEN wise_api_token
ramp-secret | ramp_sec_<aAn:48> | any
shopify-token | shpat_<hex:32> | any
shopify-token | shpca_<hex:32> | any
shopify-secret | shpss_<hex:32> | any
algolia-key | <hex:32> | ALGOLIA_ADMIN_KEY ALGOLIA_API_KEY algolia_admin_api_key
elastic-cloud-key | essu_<b64:90>== | any
elasticsearch-key | Authorization: ApiKey <elastic> | as-is
datadog-key | <hex:32> | DD_API_KEY DATADOG_API_KEY
datadog-app-key | <hex:40> | DD_APP_KEY DATADOG_APP_KEY
newrelic-key | NRAK-<AN:27> | any
newrelic-license-key | <hex:32>FFFFNRAL | any
newrelic-license-key | eu01xx<hex:26>FFFFNRAL | any
newrelic-insert-key | NRII-<aAn:32> | any
newrelic-browser-key | NRJS-<hex:19> | any
sentry-org-token | sntrys_eyJpYXQiO<b64:120-180>=_<b64:43> | any
sentry-token | sntryu_<hex:64> | any
sentry-legacy-token | <hex:64> | SENTRY_AUTH_TOKEN sentry_token
grafana-token | glsa_<aAn:32>_<hex:8> | any
grafana-cloud-token | glc_eyJ<b64:120-200>= | any
grafana-legacy-key | eyJrIjoi<b64:80-120>= | any
dynatrace-token | dt0c01.<AN:24>.<AN:64> | any
splunk-token | <uuid> | SPLUNK_HEC_TOKEN splunk_token
sumologic-key | <aAn:64> | SUMOLOGIC_ACCESSKEY SUMO_ACCESS_KEY
honeycomb-key | <an:32> | HONEYCOMB_API_KEY honeycomb_key
pagerduty-key | u+<url:18> | PAGERDUTY_API_KEY pagerduty_token
opsgenie-key | <uuid> | OPSGENIE_API_KEY opsgenie_key
launchdarkly-key | sdk-<uuid> | any
huggingface-token | hf_<aA:34> | any
huggingface-org-token | api_org_<aA:34> | any
openai-key | sk-<aAn:20>T3BlbkFJ<aAn:20> | any
openai-key | sk-proj-<url:74>T3BlbkFJ<url:74> | any
anthropic-key | sk-ant-api03-<url:93>AA | any
anthropic-admin-key | sk-ant-admin01-<url:93>AA | any
openrouter-key | sk-or-v1-<hex:64> | any
xai-key | xai-<aAn:80> | any
xai-key | xai-token-<aAn:80> | any
groq-key | gsk_<aAn:52> | any
perplexity-key | pplx-<aAn:48> | any
mistral-key | <aAn:32> | MISTRAL_API_KEY mistral_api_key
cohere-key | <aAn:40> | COHERE_API_KEY CO_API_KEY
deepseek-key | sk-<hex:32> | DEEPSEEK_API_KEY deepseek_api_key
replicate-token | r8_<aAn:37> | any
pinecone-key | pcsk_<aAn:6>_<aAn:63> | any
nvidia-key | nvapi-<url:64> | any
langsmith-key | lsv2_pt_<hex:32>_<hex:10> | any
langfuse-key | sk-lf-<uuid> | any
wandb-key | <hex:40> | WANDB_API_KEY wandb_api_key
elevenlabs-key | sk_<hex:48> | ELEVENLABS_API_KEY xi-api-key
cursor-key | key_<an:64> | any
airtable-token | pat<aAn:14>.<hex:64> | any
asana-token | 1/<d1:1><d:15>:<hex:32> | ASANA_ACCESS_TOKEN asana_token
notion-token | ntn_<d:11><aAn:35> | any
notion-legacy-token | secret_<aAn:43> | NOTION_TOKEN NOTION_API_KEY notion_key
linear-key | lin_api_<aAn:40> | any
figma-token | figd_<url:40> | any
contentful-token | CFPAT-<url:43> | any
dropbox-token | sl.<url:140> | DROPBOX_TOKEN dropbox_access_token
dropbox-long-token | <aAn:11>AAAAAAAAAA<url:43> | any
salesforce-token | 00D<aAn:12>!<aAn:80>.<aAn:15> | any
hubspot-token | pat-na1-<uuid> | any
hubspot-legacy-key | <uuid> | HUBSPOT_API_KEY hapikey
zendesk-token | <aAn:40> | ZENDESK_API_TOKEN zendesk_token
intercom-token | <url:60> | INTERCOM_ACCESS_TOKEN intercom_token
typeform-token | tfp_<url:44> | any
postman-key | PMAK-<hex:24>-<hex:34> | any
postman-collection-token | PMAT-<AN:26> | any
adobe-secret | p8e-<url:32> | any
facebook-app-token | <d1:1><d:14>|<url:27> | FACEBOOK_APP_TOKEN facebook_access_token
facebook-token | EAAM<aAn:120> | any
facebook-secret | <hex:32> | FACEBOOK_APP_SECRET facebook_client_secret
twitter-bearer-token | AAAAAAAAAAAAAAAAAAAAA<AP:1><aAn:30>%3D<aAn:50> | any
twitter-secret | <aAn:45> | TWITTER_ACCESS_TOKEN_SECRET twitter_access_secret
linkedin-secret | <aAn:16> | LINKEDIN_CLIENT_SECRET linkedin_secret
twitch-token | <an:30> | TWITCH_CLIENT_SECRET twitch_token
mapbox-token | sk.eyJ1Ijoi<aAn:60>.<url:22> | any
maxmind-key | <aAn:6>_<aAn:29>_mmk | any
prefect-key | pnu_<aAn:36> | any
posthog-key | phx_<aAn:43> | any
readme-key | rdme_<an:70> | any
scalingo-token | tk-us-<url:48> | any
zoho-token | 1000.<hex:32>.<hex:32> | any
endor-key | endr+<aAn:16> | any
trufflehog-key | thog-secret-<hex:32> | any
vapid-key | <url:43> | VAPID_PRIVATE_KEY vapid_private_key
wiz-secret | <aAn:64> | WIZ_CLIENT_SECRET wiz_client_secret
smtp-password | <aAn:16>! | SMTP_PASSWORD EMAIL_HOST_PASSWORD MAIL_PASSWORD
snmp-community | rocommunity <aAn:12> 10.0.0.0/8 | as-is
"""

ANYWHERE = [
    "API_TOKEN={}",
    "api_key: {}",
    '{{"token": "{}"}}',
    "const key = '{}';",
    "ENV SERVICE_KEY={}",
    'curl "https://api.corp.lan/v1?key={}&x=1"',
    "    - '{}'",
    "{}",
    'export KEY="{}"',
    "|1 KEY={} /bin/sh -c make",
]
NAMED = [
    "{name}={}",
    "{name}: {}",
    '{{"{name}": "{}"}}',
    "{name} = '{}'",
    'export {name}="{}"',
    "ENV {name}={}",
    'os.environ["{name}"] = "{}"',
    "|1 {name}={} /bin/sh -c make",
    "    {name}: '{}'",
]


def draw(rng, alphabet, length):
    least, _, most = length.partition("-")
    n = rng.randint(int(least), int(most or least))
    return "".join(rng.choice(ALPHABETS[alphabet]) for _ in range(n))


def base36(n, width):
    out = ""
    for _ in range(width):
        out = "0123456789abcdefghijklmnopqrstuvwxyz"[n % 36] + out
        n //= 36
    return out


def with_crc62(body):
    digits = ALPHABETS["b62"]
    crc = zlib.crc32(body.encode())
    tail = ""
    for _ in range(6):
        tail = digits[crc % 62] + tail
        crc //= 62
    return body + tail


def lines_of(text, width=64):
    return "\n".join(text[i : i + width] for i in range(0, len(text), width))


def b64url(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def jwt(rng):
    head = json.dumps({"alg": "RS256", "typ": "JWT", "kid": draw(rng, "an", "8")})
    body = json.dumps({"sub": draw(rng, "an", "12"), "iat": rng.randint(1600000000, 1800000000)})
    return ".".join((b64url(head.encode()), b64url(body.encode()), draw(rng, "url", "342")))


def gitlab_routable(rng):
    payload = draw(rng, "url", "27-60")
    text = "glpat-" + payload + ".01." + base36(len(payload), 2)
    return text + base36(zlib.crc32(text.encode()), 7)


def aws_id(rng):
    """Prefix, then base32 of a bit, 40 bits of the account number and the rest."""
    account = rng.randint(10**11, 10**12 - 1)
    number = (1 << 79) | (account << 39) | rng.getrandbits(39)
    body = base64.b32encode(number.to_bytes(10, "big")).decode()
    return rng.choice(["AKIA", "ASIA"]) + body


def bech32_key(rng):
    digits = ALPHABETS["bech"]
    name = "age-secret-key-"

    def polymod(values):
        generator = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
        sum_ = 1
        for v in values:
            top = sum_ >> 25
            sum_ = (sum_ & 0x1FFFFFF) << 5 ^ v
            for i in range(5):
                sum_ ^= generator[i] if top >> i & 1 else 0
        return sum_

    data = [rng.randrange(32) for _ in range(51)] + [rng.choice([0, 16])]
    spread = [ord(c) >> 5 for c in name] + [0] + [ord(c) & 31 for c in name]
    check = polymod(spread + data + [0] * 6) ^ 1
    data += [check >> 5 * (5 - i) & 31 for i in range(6)]
    return "AGE-SECRET-KEY-1" + "".join(digits[d] for d in data)


def pem(rng, label, start, n=1600):
    body = start + draw(rng, "b64", str(n // 64 * 64 - len(start)))
    return f"-----BEGIN {label}-----\n{lines_of(body)}\n-----END {label}-----"


def made(rng, name):
    """What a field that is no alphabet stands for."""
    parts = name.split(":")
    if parts[0] == "pem":
        return pem(rng, parts[1], parts[2])
    table = {
        "uuid": lambda: str(uuid.UUID(int=rng.getrandbits(128), version=4)),
        "aws_id": lambda: aws_id(rng),
        "github": lambda: with_crc62(draw(rng, "b62", "30")),
        "github76": lambda: with_crc62(draw(rng, "b62", "70")),
        "gitlab_routable": lambda: gitlab_routable(rng),
        "jwt": lambda: jwt(rng),
        "age": lambda: bech32_key(rng),
        "google_abcd": lambda: rng.choice("ABCD"),
        "search_ad": lambda: rng.choice("ABCD"),
        "search_y": lambda: rng.choice("ABC"),
        "month": lambda: rng.choice("ABCDEFGHIJKL"),
        "bedrock": lambda: base64.b64encode(
            ("BedrockAPIKey-" + draw(rng, "an", "4") + "-at-" + draw(rng, "d", "12") + ":" + draw(rng, "b64", "60")).encode()
        ).decode(),
        "key32": lambda: base64.b64encode(rng.getrandbits(256).to_bytes(32, "big")).decode(),
        "b64pct": lambda: draw(rng, "b64", "43").replace("+", "%2B").replace("/", "%2F") + "%3D",
        "basic": lambda: base64.b64encode(("app:" + draw(rng, "aAn", "20")).encode()).decode(),
        "b64text": lambda: base64.b64encode(draw(rng, "aAn", "21").encode()).decode(),
        "elastic": lambda: base64.b64encode((draw(rng, "url", "20") + ":" + draw(rng, "url", "22")).encode()).decode(),
        "dockerconfig": lambda: base64.b64encode(
            json.dumps({"auths": {"r.corp.lan": {"auth": base64.b64encode(("a:" + draw(rng, "aAn", "20")).encode()).decode()}}}).encode()
        ).decode(),
        "pem_json": lambda: pem(rng, "PRIVATE KEY", "MII").replace("\n", "\\n") + "\\n",
        "pem_base64": lambda: base64.b64encode(pem(rng, "RSA PRIVATE KEY", "MII").encode()).decode(),
        "ngrok": lambda: "2" + draw(rng, "aAn", "26") + "_" + draw(rng, "d", "1") + draw(rng, "aAn", "20"),
        "discord": lambda: b64url(str(rng.randint(10**17, 10**18 - 1)).encode()) + "." + draw(rng, "url", "6") + "." + draw(rng, "url", "38"),
        "ssh2": lambda: "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nComment: \"x\"\n"
        + lines_of("P2/56w" + draw(rng, "b64", "634")) + "\n---- END SSH2 ENCRYPTED PRIVATE KEY ----",
        "putty": lambda: "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nComment: x\nPublic-Lines: 2\n"
        + lines_of(draw(rng, "b64", "108")) + "\nPrivate-Lines: 1\n" + draw(rng, "b64", "44") + "\nPrivate-MAC: " + draw(rng, "hex", "64"),
        "openvpn": lambda: "-----BEGIN OpenVPN Static key V1-----\n"
        + lines_of(draw(rng, "hex", "512"), 32) + "\n-----END OpenVPN Static key V1-----",
        "dnssec": lambda: "Private-key-format: v1.3\nAlgorithm: 13 (ECDSAP256SHA256)\nPrivateKey: " + draw(rng, "b64", "43") + "=",
    }
    return table[parts[0]]() if parts[0] in table else None


def fill(rng, form):
    def field(m):
        out = made(rng, m[1])
        if out is None and m[1].partition(":")[0] in ALPHABETS:
            out = draw(rng, *m[1].split(":"))
        return m[0] if out is None else out

    return re.sub(r"<([A-Za-z0-9_]+(?::[^<>]+)?)>", field, form.replace("\\n", "\n"))


def rows():
    for line in FORMS.strip().splitlines():
        kind, rest = line.split(" | ", 1)
        form, where = rest.rsplit(" | ", 1)
        yield kind, form, where


def secret(rng, form):
    return fill(rng, form)


def line(rng, form, where):
    value = fill(rng, form)
    if where == "as-is":
        return value
    if where == "any":
        return rng.choice(ANYWHERE).format(value)
    return rng.choice(NAMED).format(value, name=rng.choice(where.split()))


def main():
    parser = argparse.ArgumentParser(description="Makes lines with credentials, for tests.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--each", type=int, default=20)
    parser.add_argument("--kinds", action="store_true")
    parser.add_argument("folder", nargs="?")
    args = parser.parse_args()
    kinds = {}
    for kind, form, where in rows():
        kinds.setdefault(kind, []).append((form, where))
    if args.kinds:
        print("\n".join(kinds))
        return
    os.makedirs(args.folder, exist_ok=True)
    for kind, forms in kinds.items():
        rng = random.Random(f"{args.seed} {kind}")
        with open(os.path.join(args.folder, kind + ".txt"), "w", encoding="utf-8") as out:
            for i in range(args.each):
                out.write(line(rng, *forms[i % len(forms)]) + "\n\x1e\n")


if __name__ == "__main__":
    main()
