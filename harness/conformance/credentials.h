#pragma once

#include <string>

#include "harness/base/crypto.h"
#include "harness/conformance/client.h"

/// Credentials as a platform and a relying party see them.
namespace keyrig::conformance {

inline constexpr const char* kRp = "conformance.example";
inline constexpr const char* kOtherRp = "other.example";

/// Authenticator data (WebAuthn L3 §6.1) that keeps the rules.
struct AuthenticatorData {
  Bytes raw;
  Bytes rp_id_hash;
  std::uint8_t flags = 0;
  std::uint32_t counter = 0;
  Bytes aaguid;         // with AT only
  Bytes credential_id;  // with AT only
  cbor::Value key;      // with AT only
  cbor::Value extensions;
};
OrStop<AuthenticatorData> ReadAuthenticatorData(const cbor::Value& bytes);

/// A credential as makeCredential answered.
struct Made {
  AuthenticatorData data;
  cbor::Value answer;
  std::string rp;
  std::optional<bool> asked;  // whether the key asked for a touch
  const Bytes& Id() const { return data.credential_id; }
  cbor::Value Descriptor() const;
};

/// The hash that all requests carry.
const Bytes& ClientDataHash();
cbor::Map Descriptor(ByteView id);
cbor::Map Algorithm(int number);

/// A makeCredential request that every key takes, without any option.
cbor::Map Registration(const Client& client, const std::string& rp = kRp,
                       const std::string& user = "adele");
/// Likewise for getAssertion; no allowList.
cbor::Map Assertion(const std::string& rp = kRp);
cbor::Map Allowing(cbor::Map request, std::initializer_list<ByteView> ids);
cbor::Map WithOption(cbor::Map request, int options_member, const char* name, cbor::Value value);
/// makeCredential's and getAssertion's.
cbor::Map Discoverable(cbor::Map registration);
cbor::Map WithExtension(cbor::Map request, int extensions_member, const char* name,
                        cbor::Value value);

/// The request with a token's pinUvAuthParam where the key has a PIN; as it is where not.
OrStop<cbor::Map> ByPin(Client& client, cbor::Map registration);
OrStop<cbor::Map> AssertionByPin(Client& client, cbor::Map assertion);
/// Like those, with a token that was got before.
cbor::Map RegistrationWith(const Client& client, cbor::Map registration, ByteView token);
cbor::Map AssertionWith(const Client& client, cbor::Map assertion, ByteView token);

/// Sends a registration, which has to succeed; checks the answer's form and the relying party.
OrStop<Made> Make(Client& client, const cbor::Map& registration);
/// Likewise, authorized by the PIN where there is one.
OrStop<Made> Register(Client& client, const cbor::Map& registration);
OrStop<Made> Register(Client& client);
/// A discoverable one.
OrStop<Made> RegisterDiscoverable(Client& client, const std::string& rp = kRp,
                                  const std::string& user = "adele");

/// An assertion as the key answered.
struct Asserted {
  AuthenticatorData data;
  cbor::Value answer;
  Bytes credential_id;
  std::optional<bool> asked;
};
/// Sends a getAssertion, which has to succeed, and checks its form.
OrStop<Asserted> Assert(Client& client, const cbor::Map& assertion);
OrStop<Asserted> NextAssertion(Client& client);
OrStop<Asserted> ReadAssertion(const Reply& reply);
/// Whether the assertion is signed by the credential.
Outcome VerifySignature(const Made& made, const Asserted& asserted);
/// Whether `signature` is the COSE key's over the data and the hash.
Outcome VerifyWith(const cbor::Value& cose_key, const AuthenticatorData& data,
                   ByteView client_data_hash, ByteView signature);

}  // namespace keyrig::conformance
