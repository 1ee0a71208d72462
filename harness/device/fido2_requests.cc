#include <algorithm>

#include "harness/base/cbor.h"
#include "harness/device/fido2_key_state.h"

namespace keyrig::device {
namespace {

struct Free {
  void operator()(fido_cred_t* credential) const { fido_cred_free(&credential); }
  void operator()(fido_assert_t* assertion) const { fido_assert_free(&assertion); }
  void operator()(fido_credman_rk_t* credentials) const { fido_credman_rk_free(&credentials); }
  void operator()(fido_credman_metadata_t* metadata) const {
    fido_credman_metadata_free(&metadata);
  }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

Bytes Copy(const unsigned char* data, std::size_t size) {
  return data ? Bytes(data, data + size) : Bytes();
}

const char* TextOrNull(const std::optional<std::string>& text) {
  return text ? text->c_str() : nullptr;
}

const char* TextOrNull(const std::string& text) { return text.empty() ? nullptr : text.c_str(); }

/// Remembers the first call that failed and skips the rest.
class Steps {
 public:
  template <typename Function, typename... Arguments>
  void operator()(Function function, Arguments&&... arguments) {
    if (code_ == FIDO_OK) code_ = function(std::forward<Arguments>(arguments)...);
  }
  Result<void, KeyError> Done() const {
    if (code_ != FIDO_OK) return Err(KeyErrorFrom(code_));
    return {};
  }

 private:
  int code_ = FIDO_OK;
};

// libfido2 asks for one algorithm at a time: the first of the request that the key says it knows. A
// key that lists none is a CTAP 2.0 key, which has ES256.
std::optional<CoseAlgorithm> Choose(const std::vector<CoseAlgorithm>& wanted,
                                    const Capabilities& capabilities) {
  const auto known = [&](CoseAlgorithm algorithm) {
    if (capabilities.algorithms.empty()) return algorithm == CoseAlgorithm::kEs256;
    return std::ranges::find(capabilities.algorithms, algorithm) != capabilities.algorithms.end();
  };
  const auto chosen = std::ranges::find_if(wanted, known);
  if (chosen == wanted.end()) return std::nullopt;
  return *chosen;
}

Result<Owned<fido_cred_t>, KeyError> Prepare(const MakeCredentialRequest& request,
                                             CoseAlgorithm algorithm) {
  Owned<fido_cred_t> credential(fido_cred_new());
  fido_cred_t* const raw = credential.get();
  const int extensions = (request.hmac_secret ? FIDO_EXT_HMAC_SECRET : 0) |
                         (request.cred_protect ? FIDO_EXT_CRED_PROTECT : 0);
  Steps step;
  step(fido_cred_set_type, raw, static_cast<int>(algorithm));
  step(fido_cred_set_clientdata_hash, raw, request.client_data_hash.data(),
       request.client_data_hash.size());
  step(fido_cred_set_rp, raw, request.rp.text.c_str(), TextOrNull(request.rp_name));
  step(fido_cred_set_user, raw, request.user_handle.bytes.data(), request.user_handle.bytes.size(),
       TextOrNull(request.user_name), TextOrNull(request.user_display_name), nullptr);
  if (extensions) step(fido_cred_set_extensions, raw, extensions);
  if (request.cred_protect) step(fido_cred_set_prot, raw, request.cred_protect);
  if (request.resident_key) step(fido_cred_set_rk, raw, FIDO_OPT_TRUE);
  for (const CredentialId& id : request.exclude) {
    step(fido_cred_exclude, raw, id.bytes.data(), id.bytes.size());
  }
  TRY(step.Done());
  return credential;
}

Result<Owned<fido_assert_t>, KeyError> Prepare(const GetAssertionRequest& request,
                                               const Capabilities& capabilities) {
  Owned<fido_assert_t> assertion(fido_assert_new());
  fido_assert_t* const raw = assertion.get();
  Steps step;
  step(fido_assert_set_clientdata_hash, raw, request.client_data_hash.data(),
       request.client_data_hash.size());
  step(fido_assert_set_rp, raw, request.rp.text.c_str());
  for (const CredentialId& id : request.allow) {
    step(fido_assert_allow_cred, raw, id.bytes.data(), id.bytes.size());
  }
  if (!request.user_presence) step(fido_assert_set_up, raw, FIDO_OPT_FALSE);
  // With a PIN, its token is the verification; the option is for keys that verify by themselves.
  if (request.user_verification && !request.pin && capabilities.user_verification.value_or(false)) {
    step(fido_assert_set_uv, raw, FIDO_OPT_TRUE);
  }
  TRY(step.Done());
  return assertion;
}

// libfido2 hands out authenticator data as the CBOR byte string that it came in.
Bytes RawAuthenticatorData(const fido_assert_t* assertion, std::size_t index) {
  const auto item = cbor::DecodePrefix(
      {fido_assert_authdata_ptr(assertion, index), fido_assert_authdata_len(assertion, index)});
  const Bytes* bytes = item ? item->value.AsBytes() : nullptr;
  return bytes ? *bytes : Bytes();
}

MadeAssertion AssertionAt(const fido_assert_t* assertion, std::size_t index,
                          const GetAssertionRequest& request) {
  MadeAssertion made;
  made.id.bytes = Copy(fido_assert_id_ptr(assertion, index), fido_assert_id_len(assertion, index));
  // CTAP 2.0 §5.2: a key may leave the credential out where only one was allowed.
  if (made.id.bytes.empty() && request.allow.size() == 1) made.id = request.allow.front();
  made.authenticator_data = RawAuthenticatorData(assertion, index);
  made.signature =
      Copy(fido_assert_sig_ptr(assertion, index), fido_assert_sig_len(assertion, index));
  if (fido_assert_user_id_len(assertion, index) > 0) {
    made.user_handle = UserHandle{
        Copy(fido_assert_user_id_ptr(assertion, index), fido_assert_user_id_len(assertion, index))};
  }
  if (const char* name = fido_assert_user_name(assertion, index)) made.user_name = name;
  return made;
}

}  // namespace

Bytes MadeCredential::AttestationObject() const {
  auto statement = cbor::Decode(attestation_statement);
  return cbor::Encode(cbor::Map{{"fmt", format},
                                {"attStmt", statement ? *std::move(statement) : cbor::Map{}},
                                {"authData", authenticator_data}});
}

Result<void, KeyError> Fido2Key::SetPin(const std::string& pin) {
  return state_->Run("set_pin", [&](fido_dev_t* device) {
    return fido_dev_set_pin(device, pin.c_str(), nullptr);
  });
}

Result<int, KeyError> Fido2Key::PinRetries() {
  int retries = 0;
  TRY(state_->Run("pin_retries",
                  [&](fido_dev_t* device) { return fido_dev_get_retry_count(device, &retries); }));
  return retries;
}

Result<MadeCredential, KeyError> Fido2Key::MakeCredential(const MakeCredentialRequest& request) {
  const auto algorithm = Choose(request.algorithms, TRY(state_->KnownCapabilities()));
  if (!algorithm) return Err(KeyErrorFrom(FIDO_ERR_UNSUPPORTED_ALGORITHM));
  const Owned<fido_cred_t> credential = TRY(Prepare(request, *algorithm));
  fido_cred_t* const raw = credential.get();
  TRY(state_->Run("make_credential", [&](fido_dev_t* device) {
    return fido_dev_make_cred(device, raw, TextOrNull(request.pin));
  }));

  MadeCredential made;
  made.id.bytes = Copy(fido_cred_id_ptr(raw), fido_cred_id_len(raw));
  made.format = fido_cred_fmt(raw);
  made.authenticator_data = Copy(fido_cred_authdata_raw_ptr(raw), fido_cred_authdata_raw_len(raw));
  made.attestation_statement = Copy(fido_cred_attstmt_ptr(raw), fido_cred_attstmt_len(raw));
  if (fido_cred_aaguid_len(raw) == made.aaguid.bytes.size()) {
    std::copy_n(fido_cred_aaguid_ptr(raw), made.aaguid.bytes.size(), made.aaguid.bytes.begin());
  }
  return made;
}

Result<std::vector<MadeAssertion>, KeyError> Fido2Key::GetAssertion(
    const GetAssertionRequest& request) {
  const Owned<fido_assert_t> assertion = TRY(Prepare(request, TRY(state_->KnownCapabilities())));
  TRY(state_->Run("get_assertion", [&](fido_dev_t* device) {
    return fido_dev_get_assert(device, assertion.get(), TextOrNull(request.pin));
  }));
  std::vector<MadeAssertion> made;
  for (std::size_t i = 0; i < fido_assert_count(assertion.get()); ++i) {
    made.push_back(AssertionAt(assertion.get(), i, request));
  }
  return made;
}

Result<std::vector<CredentialId>, KeyError> Fido2Key::DiscoverableCredentials(
    const RpId& rp, const std::string& pin) {
  TRY(state_->KnownCapabilities());
  const Owned<fido_credman_rk_t> credentials(fido_credman_rk_new());
  const auto listed = state_->Run("list_credentials", [&](fido_dev_t* device) {
    return fido_credman_get_dev_rk(device, rp.text.c_str(), credentials.get(), pin.c_str());
  });
  if (!listed && listed.error().code == FIDO_ERR_NO_CREDENTIALS) return {};
  if (!listed) return Err(listed.error());
  std::vector<CredentialId> ids;
  for (std::size_t i = 0; i < fido_credman_rk_count(credentials.get()); ++i) {
    const fido_cred_t* credential = fido_credman_rk(credentials.get(), i);
    ids.push_back({Copy(fido_cred_id_ptr(credential), fido_cred_id_len(credential))});
  }
  return ids;
}

Result<int, KeyError> Fido2Key::DiscoverableCredentialCount(const std::string& pin) {
  TRY(state_->KnownCapabilities());
  const Owned<fido_credman_metadata_t> metadata(fido_credman_metadata_new());
  TRY(state_->Run("count_credentials", [&](fido_dev_t* device) {
    return fido_credman_get_dev_metadata(device, metadata.get(), pin.c_str());
  }));
  return static_cast<int>(fido_credman_rk_existing(metadata.get()));
}

Result<void, KeyError> Fido2Key::DeleteCredential(const CredentialId& id, const std::string& pin) {
  TRY(state_->KnownCapabilities());
  return state_->Run("delete_credential", [&](fido_dev_t* device) {
    return fido_credman_del_dev_rk(device, id.bytes.data(), id.bytes.size(), pin.c_str());
  });
}

}  // namespace keyrig::device
