#include "harness/station/creation_page.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "harness/station/page_config.h"

namespace keyrig::station {
namespace {

using nlohmann::json;

json Member(const json& object, const char* name) {
  return object.is_object() ? object.value(name, json()) : json();
}

std::string TextMember(const json& object, const char* name) {
  const json member = Member(object, name);
  return member.is_string() ? member.get<std::string>() : std::string();
}

bool TrueMember(const json& object, const char* name) {
  const json member = Member(object, name);
  return member.is_boolean() && member.get<bool>();
}

// WebAuthn's credProtect policies (CTAP 2.1 §12.1).
int CredProtect(const std::string& policy) {
  if (policy == "userVerificationOptional") return 1;
  if (policy == "userVerificationOptionalWithCredentialIDList") return 2;
  if (policy == "userVerificationRequired") return 3;
  return 0;
}

Result<CreationOptions, Error> OptionsOf(const PageConfig& config) {
  const json& page = config.Json();
  const json rp = Member(page, "oFidoRp");
  const json user = Member(page, "oFidoUser");
  const json selection = Member(page, "oFidoAuthenticatorSelection");
  const json extensions = Member(page, "oFidoExtensions");
  CreationOptions options;
  // The challenge is a text whose bytes are signed, not base64url.
  options.challenge = ToBytes(TRY(config.Required("serverChallenge")));
  options.rp.text = TextMember(rp, "id");
  options.rp_name = TextMember(rp, "name");
  options.user.bytes = TRY(FromBase64Url(TextMember(user, "id")));
  options.user_name = TextMember(user, "name");
  options.user_display_name = TextMember(user, "displayName");
  for (const json& algorithm : Member(page, "arrFidoAlgorithms")) {
    if (!algorithm.is_number_integer()) continue;
    options.algorithms.push_back(static_cast<CoseAlgorithm>(algorithm.get<std::int32_t>()));
  }
  for (const json& id : Member(page, "arrFidoExcludeList")) {
    if (!id.is_string()) continue;
    Bytes bytes = TRY(FromBase64Url(id.get<std::string>()));
    options.exclude.push_back({std::move(bytes)});
  }
  options.resident_key = TrueMember(selection, "requireResidentKey") ||
                         TextMember(selection, "residentKey") == "required";
  options.hmac_secret = TrueMember(extensions, "hmacCreateSecret");
  options.cred_protect = CredProtect(TextMember(extensions, "credentialProtectionPolicy"));
  return options;
}

// WebAuthn L3 §5.1.3: an excluded credential is an InvalidStateError, everything else is hidden
// behind a NotAllowedError.
std::string DomException(const Outcome& refusal) {
  return refusal.code == "CREDENTIAL_EXCLUDED" ? "InvalidStateError" : "NotAllowedError";
}

}  // namespace

Walk<CreationResult> AnswerCreationPage(Browser& browser, Ceremonies& ceremonies, const Page& page,
                                        const CreationAnswer& answer) {
  const PageConfig config = TRY(PageConfig::Of(page));
  const HtmlForm* posted = page.document.FormNamed("hiddenform");
  if (!posted) {
    return Err(Error{fmt::format("The page {} (\"{}\") has no form to post a credential with.",
                                 page.url.WithoutFragment(), page.document.title)});
  }
  HtmlForm form = *posted;
  const auto created = ceremonies.Create(page.url, TRY(OptionsOf(config)), answer.presence);
  if (!created) {
    const auto* refusal = std::get_if<Outcome>(&created.error());
    if (!refusal) return Err(created.error());
    form.Fill("error_code", DomException(*refusal));
    form.Fill("suberror_code", refusal->message);
    Page next = TRY(browser.Submit(page, form));
    return CreationResult{std::move(next), *refusal};
  }
  json extensions = json::object();
  if (created->hmac_secret) extensions["hmacCreateSecret"] = true;
  form.Fill("transports", answer.transport);
  form.Fill("aaguid", created->aaguid.Text());
  form.Fill("credentialDeviceType", created->backup_eligible ? "multiDevice" : "singleDevice");
  form.Fill("credentialBackedUp", created->backed_up ? "true" : "false");
  form.Fill("clientDataJson", ToBase64Url(ViewOf(created->client_data_json)));
  form.Fill("attestationObject", ToBase64Url(created->attestation_object));
  form.Fill("credentialId", ToBase64Url(created->id.bytes));
  form.Fill("clientExtensionResults", ToBase64Url(ViewOf(extensions.dump())));
  Page next = TRY(browser.Submit(page, form));
  return CreationResult{std::move(next), std::nullopt};
}

}  // namespace keyrig::station
