#include <algorithm>

#include "virtual-key/authenticator/authenticator_data.h"
#include "virtual-key/authenticator/commands.h"
#include "virtual-key/authenticator/cred_protect.h"
#include "virtual-key/authenticator/get_assertion_request.h"
#include "virtual-key/authenticator/pin_uv_auth_check.h"

namespace keyrig::authenticator {
namespace {

Outcome<void> CheckOptions(const State& state, const GetAssertionRequest& request) {
  // A pinUvAuthParam overrides uv.
  const bool wants_built_in_uv = !request.pin_uv_auth.param && request.uv.value_or(false);
  if (wants_built_in_uv && !state.IsUvConfigured()) return Err(Status::kInvalidOption);
  if (request.rk) return Err(Status::kUnsupportedOption);
  return {};
}

/// Step 5: whether the key verifies the user itself. alwaysUv leaves silent assertions alone.
Outcome<bool> DecideBuiltInUv(const State& state, const GetAssertionRequest& request) {
  const bool has_param = request.pin_uv_auth.param.has_value();
  const bool wants_built_in_uv = !has_param && request.uv.value_or(false);
  if (!state.AlwaysUv() || !request.up.value_or(true)) return wants_built_in_uv;
  if (!state.IsProtected()) return Err(state.MissingUserVerification());
  if (has_param || wants_built_in_uv) return wants_built_in_uv;
  if (state.IsUvConfigured()) return true;
  return Err(state.MissingUserVerification());
}

/// The first listed credential of this key that may be used; null where there is none.
const StoredCredential* FindListed(State& state, const GetAssertionRequest& request,
                                   bool user_verified) {
  for (const CredentialDescriptor& descriptor : *request.allow_list) {
    if (!descriptor.is_public_key) continue;
    const StoredCredential* held = state.FindCredential(descriptor.id, request.rp);
    if (held == nullptr) continue;
    if (held->cred_protect != cred_protect::kRequired || user_verified) return held;
  }
  return nullptr;
}

/// The discoverable credentials that may be used without being named, newest first.
std::vector<const StoredCredential*> FindUnlisted(const State& state, const RpId& rp,
                                                  bool user_verified) {
  auto held = state.DiscoverableOf(rp);
  std::erase_if(held, [&](const StoredCredential* credential) {
    return credential->cred_protect != cred_protect::kOptional && !user_verified;
  });
  return held;
}

cbor::Map UserEntity(const StoredCredential& credential, bool user_verified) {
  cbor::Map user = {{"id", credential.user_handle.bytes}};
  // What identifies a person is told only to whom has verified one.
  if (!user_verified) return user;
  if (!credential.user_name.empty()) user.emplace_back("name", credential.user_name);
  if (!credential.user_display_name.empty()) {
    user.emplace_back("displayName", credential.user_display_name);
  }
  return user;
}

Ceremony CeremonyOf(State& state, const AssertionTerms& terms) {
  return {.state = state,
          .rp = terms.rp,
          .user_present = terms.user_present,
          .user_verified = terms.user_verified,
          .verified_by_finger = terms.verified_by_finger};
}

/// Signs for one credential, the counter first made durable.
Outcome<Bytes> Assert(State& state, const AssertionTerms& terms, const StoredCredential& credential,
                      std::size_t number_of_credentials) {
  ExtensionOutputs outputs = terms.extensions.Answer(CeremonyOf(state, terms), credential);
  ++state.device.signature_counter;
  TRY(state.Save());
  AuthenticatorData data{.rp_id_hash = terms.rp_id_hash,
                         .user_present = terms.user_present,
                         .user_verified = terms.user_verified,
                         .backup_eligible = credential.backup_eligible,
                         .backed_up = credential.backed_up,
                         .signature_counter = state.device.signature_counter,
                         .extensions = std::move(outputs.authenticated)};
  Distort(state, data);
  Bytes encoded = data.Encode();
  auto stream = state.environment.rng.Stream("authenticator/assertion-signature");
  Bytes signature =
      credential.key.Sign(credential.algorithm, Concat({encoded, terms.client_data_hash}), stream);
  DistortSignature(state, signature);
  Bytes id = credential.id.bytes;
  if (state.Tells(Lie::kWrongCredentialId)) id[0] ^= 0x01;
  cbor::Map reply = {
      {0x01, cbor::Map{{"id", std::move(id)}, {"type", "public-key"}}},
      {0x02, std::move(encoded)},
      {0x03, std::move(signature)},
  };
  const bool discoverable = !credential.user_handle.bytes.empty();
  if (discoverable) {
    cbor::Map user = UserEntity(credential, terms.user_verified);
    if (state.Tells(Lie::kForeignUserHandle)) {
      // Of the form that the relying party gives its handles.
      Bytes another = credential.user_handle.bytes;
      another.back() ^= 0x01;
      user[0].second = std::move(another);
    }
    reply.emplace_back(0x04, std::move(user));
  }
  if (number_of_credentials > 1) {
    reply.emplace_back(0x05, static_cast<std::uint64_t>(number_of_credentials));
  }
  if (outputs.large_blob_key) reply.emplace_back(0x07, ByteView(*outputs.large_blob_key));
  state.Emit("key.credential_used",
             {{"rp_id", terms.rp.text},
              {"credential_id", ToHex(credential.id.bytes)},
              {"signature_counter", std::to_string(state.device.signature_counter)}});
  return cbor::Encode(reply);
}

}  // namespace

Outcome<Bytes> GetAssertion(State& state, ByteView parameters, const Transaction& transaction) {
  const cbor::Value map = TRY(DecodeParameters(parameters));
  auto request = TRY(GetAssertionRequest::From(state, map));

  // CTAP 2.1 §6.2.2 steps 1 and 2.
  PinUvAuthProtocol* const protocol = TRY(BeginPinUvAuth(state, request.pin_uv_auth, transaction));
  // Steps 3 to 5.
  TRY(CheckOptions(state, request));
  const bool wants_built_in_uv = TRY(DecideBuiltInUv(state, request));
  AssertionTerms terms;
  // Step 6.
  const UserChecks user =
      TRY(CheckUser(state, protocol, request.pin_uv_auth, wants_built_in_uv,
                    request.client_data_hash, permission::kGetAssertion, request.rp, transaction));
  terms.user_verified = user.verified;
  terms.verified_by_finger = user.by_finger;
  // Step 7: nothing to sign with is told before the user is asked for anything.
  const StoredCredential* chosen = nullptr;
  std::vector<const StoredCredential*> unlisted;
  if (request.allow_list) {
    chosen = FindListed(state, request, terms.user_verified);
  } else if (unlisted = FindUnlisted(state, request.rp, terms.user_verified); !unlisted.empty()) {
    chosen = unlisted.front();
  }
  if (chosen == nullptr) return Err(Status::kNoCredentials);
  // Steps 8 and 9.
  terms.user_present = request.up.value_or(true);
  if (terms.user_present) {
    if (!user.present) {
      TRY(state.AwaitTouch(GesturePurpose::kSignIn, transaction, Status::kOperationDenied));
    }
    state.ClearTokensAfterUserPresence();
  }
  // Step 10.
  terms.rp = request.rp;
  terms.extensions = std::move(request.extensions);
  TRY(terms.extensions.Check(CeremonyOf(state, terms)));
  // Steps 11 to 13.
  terms.rp_id_hash = crypto::Sha256(ViewOf(request.rp.text));
  terms.client_data_hash = ToBytes(request.client_data_hash);
  Bytes reply = TRY(Assert(state, terms, *chosen, unlisted.size()));
  if (unlisted.size() > 1) {
    AssertionSequence rest{.terms = std::move(terms), .credentials = {}};
    for (const StoredCredential* credential : unlisted) rest.credentials.push_back(credential->id);
    state.Begin({.of = std::move(rest)}, transaction);
  }
  return reply;
}

// CTAP 2.1 §6.3.
Outcome<Bytes> GetNextAssertion(State& state, const Transaction& transaction) {
  auto* const rest = state.Continue<AssertionSequence>(transaction);
  if (rest == nullptr || rest->next >= rest->credentials.size()) {
    state.sequence.reset();
    return Err(Status::kNotAllowed);
  }
  const StoredCredential* credential = state.FindDiscoverable(rest->credentials[rest->next++]);
  if (credential == nullptr) return Err(Status::kNotAllowed);
  return Assert(state, rest->terms, *credential, 0);
}

}  // namespace keyrig::authenticator
