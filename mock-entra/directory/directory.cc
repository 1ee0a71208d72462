#include "mock-entra/directory/directory.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace keyrig::directory {
namespace {

bool SameWithoutCase(std::string_view a, std::string_view b) {
  constexpr auto kLower = [](unsigned char c) { return std::tolower(c); };
  return std::ranges::equal(a, b, {}, kLower, kLower);
}

}  // namespace

std::string Fido2Method::GraphId() const { return UrlTokenEncode(credential.id.bytes); }

PassState StateOf(const TemporaryAccessPass& pass, Instant now) {
  if (now < pass.starts) return PassState::kNotYetValid;
  if (now >= pass.starts + std::chrono::minutes(pass.lifetime_minutes)) return PassState::kExpired;
  if (pass.is_usable_once && pass.used) return PassState::kOneTimeUsed;
  return PassState::kUsable;
}

std::string_view MethodUsabilityReason(PassState state) {
  switch (state) {
    case PassState::kUsable:
      return "EnabledByPolicy";
    case PassState::kNotYetValid:
      return "NotYetValid";
    case PassState::kExpired:
      return "Expired";
    case PassState::kOneTimeUsed:
      return "OneTimeUsed";
  }
  return "";
}

User* Tenant::FindUser(std::string_view id_or_upn) {
  const auto found = std::ranges::find_if(users, [&](const User& user) {
    return SameWithoutCase(user.id, id_or_upn) ||
           SameWithoutCase(user.user_principal_name, id_or_upn);
  });
  return found == users.end() ? nullptr : &*found;
}

Group* Tenant::FindGroup(std::string_view group_id) {
  const auto found = std::ranges::find_if(
      groups, [&](const Group& group) { return SameWithoutCase(group.id, group_id); });
  return found == groups.end() ? nullptr : &*found;
}

const Application* Tenant::FindApplication(std::string_view client_id) const {
  const auto found = std::ranges::find_if(applications, [&](const Application& application) {
    return SameWithoutCase(application.client_id, client_id);
  });
  return found == applications.end() ? nullptr : &*found;
}

Tenant::Owner Tenant::FindCredential(const CredentialId& credential_id) {
  for (User& user : users) {
    for (Fido2Method& method : user.fido2_methods) {
      if (method.credential.id == credential_id) return {&user, &method};
    }
  }
  return {};
}

policy::KeyTraits TraitsOf(const webauthn::CredentialRecord& credential) {
  return {credential.aaguid, credential.attested, credential.backup_eligible};
}

policy::Subject Tenant::SubjectOf(const User& user) const { return {user.id, user.group_ids}; }

UserHandle Tenant::HandleOf(const User& user) const {
  return {Concat({ViewOf("OF:"), MixedEndian(id), crypto::Sha256(MixedEndian(user.id))})};
}

const TemporaryAccessPass& Tenant::IssuePass(User& user, Instant now, std::optional<Instant> starts,
                                             int lifetime_minutes, bool is_usable_once,
                                             Rng& rng) const {
  // Without the characters that are easily taken for one another.
  constexpr std::string_view kAlphabet =
      "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789+&=%";
  TemporaryAccessPass pass;
  RandomStream stream = rng.Stream("temporary_access_pass");
  pass.id = stream.TakeGuid();
  while (pass.pass.size() < static_cast<std::size_t>(pass_limits.length)) {
    const std::size_t index = stream.Take(1)[0];
    if (index < kAlphabet.size() * (256 / kAlphabet.size())) {
      pass.pass += kAlphabet[index % kAlphabet.size()];
    }
  }
  pass.created = now;
  pass.starts = starts.value_or(now);
  pass.lifetime_minutes = lifetime_minutes;
  pass.is_usable_once = is_usable_once;
  return user.temporary_access_pass.emplace(std::move(pass));
}

Bytes MixedEndian(std::string_view guid) {
  std::string hex(guid);
  std::erase(hex, '-');
  Bytes bytes = FromHex(hex).value_or(Bytes(16));
  std::reverse(bytes.begin(), bytes.begin() + 4);
  std::reverse(bytes.begin() + 4, bytes.begin() + 6);
  std::reverse(bytes.begin() + 6, bytes.begin() + 8);
  return bytes;
}

std::string UrlTokenEncode(ByteView bytes) {
  return ToBase64Url(bytes) + static_cast<char>('0' + (3 - bytes.size() % 3) % 3);
}

Result<Bytes, Error> UrlTokenDecode(std::string_view text) {
  if (text.empty()) return Fail("an id is missing");
  Bytes bytes = TRY(FromBase64Url(text.substr(0, text.size() - 1)));
  if (UrlTokenEncode(bytes) != text) {
    return Fail("\"" + std::string(text) +
                "\" does not end in the count of stripped padding characters");
  }
  return bytes;
}

std::span<const DirectoryRole> DirectoryRoles() {
  static constexpr std::array kRoles = {
      DirectoryRole{"Global Administrator", "62e90394-69f5-4237-9190-012177145e10"},
      DirectoryRole{"Global Reader", "f2ef992c-3afb-46b9-b7cf-a126ee74c451"},
      DirectoryRole{"Authentication Policy Administrator", "0526716b-113d-4c15-b2c8-68e3c22b9f80"},
      DirectoryRole{"Authentication Administrator", "c4e39bd9-1100-46d3-8c65-fb160da0071f"},
      DirectoryRole{"Privileged Authentication Administrator",
                    "7be44c8a-adaf-4e2a-84d6-ab2649e08a13"},
      DirectoryRole{"User Administrator", "fe930be7-5e62-47db-91af-98c3a49a38b1"},
  };
  return kRoles;
}

}  // namespace keyrig::directory
