#include <algorithm>

#include "virtual-key/authenticator/authenticator_data.h"
#include "virtual-key/authenticator/commands.h"
#include "virtual-key/authenticator/cred_protect.h"
#include "virtual-key/authenticator/get_assertion_request.h"
#include "virtual-key/authenticator/pin_uv_auth_check.h"

namespace keyrig::authenticator {
namespace {

Outcome<void> CheckOptions(const GetAssertionRequest& request) {
  // A pinUvAuthParam overrides uv; there is no built-in user verification.
  if (!request.pin_uv_auth.param && request.uv.value_or(false)) return Err(Status::kInvalidOption);
  if (request.rk) return Err(Status::kUnsupportedOption);
  return {};
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

/// Signs for one credential, the counter first made durable.
Outcome<Bytes> Assert(State& state, const AssertionTerms& terms, const StoredCredential& credential,
                      std::size_t number_of_credentials) {
  ++state.device.signature_counter;
  TRY(state.Save());
  AuthenticatorData data{.rp_id_hash = terms.rp_id_hash,
                         .user_present = terms.user_present,
                         .user_verified = terms.user_verified,
                         .signature_counter = state.device.signature_counter};
  if (terms.hmac_secret && credential.has_hmac_secret) {
    auto stream = state.environment.rng.Stream("authenticator/hmac-secret-iv");
    data.extensions.emplace_back("hmac-secret", EvaluateHmacSecret(*terms.hmac_secret, credential,
                                                                   terms.user_verified, stream));
  }
  Bytes encoded = data.Encode();
  auto stream = state.environment.rng.Stream("authenticator/assertion-signature");
  Bytes signature =
      credential.key.Sign(credential.algorithm, Concat({encoded, terms.client_data_hash}), stream);
  cbor::Map reply = {
      {0x01, cbor::Map{{"id", credential.id.bytes}, {"type", "public-key"}}},
      {0x02, std::move(encoded)},
      {0x03, std::move(signature)},
  };
  const bool discoverable = !credential.user_handle.bytes.empty();
  if (discoverable) reply.emplace_back(0x04, UserEntity(credential, terms.user_verified));
  if (number_of_credentials > 1) {
    reply.emplace_back(0x05, static_cast<std::uint64_t>(number_of_credentials));
  }
  state.Emit("key.credential_used",
             {{"rp_id", terms.rp.text},
              {"credential_id", ToHex(credential.id.bytes)},
              {"signature_counter", std::to_string(state.device.signature_counter)}});
  return cbor::Encode(reply);
}

}  // namespace

Outcome<Bytes> GetAssertion(State& state, ByteView parameters, const Transaction& transaction) {
  const cbor::Value map = TRY(DecodeParameters(parameters));
  const auto request = TRY(GetAssertionRequest::From(state, map));

  // CTAP 2.1 §6.2.2 steps 1 and 2.
  PinUvAuthProtocol* const protocol = TRY(BeginPinUvAuth(state, request.pin_uv_auth, transaction));
  // Steps 3 and 4; step 5 (alwaysUv) does not apply.
  TRY(CheckOptions(request));
  AssertionTerms terms;
  // Step 6: a parameter on a key without PIN is ignored.
  if (state.IsProtected() && protocol != nullptr) {
    TRY(AuthorizeWithToken(state, *protocol, request.client_data_hash, *request.pin_uv_auth.param,
                           permission::kGetAssertion, request.rp));
    terms.user_verified = true;
  }
  // Step 7: nothing to sign with is told before the user is asked for anything.
  const StoredCredential* chosen = nullptr;
  std::vector<const StoredCredential*> unlisted;
  if (request.allow_list) {
    chosen = FindListed(state, request, terms.user_verified);
  } else if (unlisted = FindUnlisted(state, request.rp, terms.user_verified); !unlisted.empty()) {
    chosen = unlisted.front();
  }
  if (chosen == nullptr) return Err(Status::kNoCredentials);
  // Step 9.
  terms.user_present = request.up.value_or(true);
  if (terms.user_present) {
    TRY(state.AwaitTouch(GesturePurpose::kSignIn, transaction, Status::kOperationDenied));
    state.ClearTokensAfterUserPresence();
  }
  // Step 10.
  if (request.hmac_secret) {
    if (!terms.user_present) return Err(Status::kUnsupportedOption);
    terms.hmac_secret = TRY(OpenSalts(state, *request.hmac_secret));
  }
  // Steps 11 to 13.
  terms.rp = request.rp;
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
