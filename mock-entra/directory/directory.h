#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/certificate.h"
#include "harness/base/clock.h"
#include "harness/base/ids.h"
#include "harness/base/rng.h"
#include "mock-entra/policy/fido2_policy.h"
#include "mock-entra/webauthn/verify.h"

namespace keyrig::directory {

/// A registered security key (Microsoft Graph fido2AuthenticationMethod).
struct Fido2Method {
  webauthn::CredentialRecord credential;
  std::string display_name;
  Instant created{};
  std::string model;
  UserHandle user_handle;
  /// Microsoft Graph's id: base64url of the credential id, then the count of stripped '='.
  std::string GraphId() const;
};

struct TemporaryAccessPass {
  std::string id;
  std::string pass;
  Instant created{}, starts{};
  int lifetime_minutes = 60;
  bool is_usable_once = false;
  bool used = false;
};

/// Whether a Temporary Access Pass can be used, or why not.
enum class PassState { kUsable, kNotYetValid, kExpired, kOneTimeUsed };
PassState StateOf(const TemporaryAccessPass& pass, Instant now);
/// Microsoft Graph's methodUsabilityReason: "EnabledByPolicy", "NotYetValid", …
std::string_view MethodUsabilityReason(PassState state);

/// The tenant's limits for a Temporary Access Pass (facts A2), in minutes and characters.
struct TemporaryAccessPassLimits {
  int default_lifetime_minutes = 60;
  int minimum_lifetime_minutes = 60;
  int maximum_lifetime_minutes = 480;
  int length = 8;
};

/// How Microsoft Graph's creationOptions writes excludeCredentials[].id. The real service has been
/// seen to do all three (facts B2).
enum class ExcludeIdEncoding { kMixed, kBase64, kUrlToken };

struct User {
  std::string id;  // object id, a lower-case GUID
  std::string user_principal_name;
  std::string display_name;
  std::string password;  // empty: none
  bool account_enabled = true;
  std::vector<std::string> roles;  // display names, "Authentication Policy Administrator"
  std::vector<std::string> group_ids;
  std::vector<Fido2Method> fido2_methods;
  std::optional<TemporaryAccessPass> temporary_access_pass;
};

struct Group {
  std::string id;
  std::string display_name;
};

/// A registered client application.
struct Application {
  std::string client_id;
  std::string display_name;
  std::vector<std::string> redirect_uris;
  bool is_single_page = false;
  std::string secret;                  // empty: a public client
  std::vector<std::string> app_roles;  // Graph application permissions, granted: client_credentials
};

/// What policy asks of a registered key.
policy::KeyTraits TraitsOf(const webauthn::CredentialRecord& credential);

struct Tenant {
  std::string id;  // a lower-case GUID
  std::string display_name;
  std::string default_domain;  // "contoso.onmicrosoft.com"
  std::vector<User> users;
  std::vector<Group> groups;
  std::vector<Application> applications;
  policy::Fido2Configuration fido2;
  Instant policy_modified{};
  /// What the attestation of a key may chain to.
  std::vector<crypto::Certificate> attestation_roots;
  /// How long a multi-factor sign-in counts as fresh for registering a key.
  Duration freshness_window = std::chrono::minutes(5);
  TemporaryAccessPassLimits pass_limits;
  ExcludeIdEncoding exclude_id_encoding = ExcludeIdEncoding::kMixed;

  User* FindUser(std::string_view id_or_upn);  // UPN without case
  Group* FindGroup(std::string_view group_id);
  const Application* FindApplication(std::string_view client_id) const;
  /// The user and method that hold a credential id; nulls where none does.
  struct Owner {
    User* user = nullptr;
    Fido2Method* method = nullptr;
  };
  Owner FindCredential(const CredentialId& credential_id);
  policy::Subject SubjectOf(const User& user) const;
  /// The user's WebAuthn handle: "OF:", the tenant GUID in mixed-endian order, SHA-256 of the
  /// object id in mixed-endian order: 51 bytes.
  UserHandle HandleOf(const User& user) const;
  /// Gives the user a new pass that replaces any other, and returns it. `starts` defaults to now.
  const TemporaryAccessPass& IssuePass(User& user, Instant now, std::optional<Instant> starts,
                                       int lifetime_minutes, bool is_usable_once, Rng& rng) const;
};

/// The 16 bytes of a GUID as .NET lays them out: the first three fields little-endian. `guid` is
/// well formed.
Bytes MixedEndian(std::string_view guid);
/// Microsoft Graph's name for a credential: base64url, then the count of stripped '='.
std::string UrlTokenEncode(ByteView bytes);
/// The reverse; an error where the text is not of that form.
Result<Bytes, Error> UrlTokenDecode(std::string_view text);

/// The name of a key's model, from its AAGUID; empty for one that is not known.
std::string_view KeyModel(const Aaguid& aaguid);

/// A directory role that a tenant file may give: its display name and its template id (`wids`).
struct DirectoryRole {
  std::string_view display_name;
  std::string_view template_id;
};
std::span<const DirectoryRole> DirectoryRoles();

/// Reads a tenant file strictly: an unknown or missing member, a bad GUID, a user in a group that
/// does not exist are errors that name the place and say what is expected.
Result<Tenant, Error> LoadTenant(std::string_view json);
/// The text of the built-in tenant file, scenarios/tenants/contoso.json.
std::string BuiltInTenant();

}  // namespace keyrig::directory
