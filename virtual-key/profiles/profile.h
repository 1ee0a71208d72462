#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/certificate.h"
#include "harness/base/result.h"
#include "virtual-key/authenticator/config.h"

namespace keyrig::profiles {

/// How a model shows itself on a bus.
struct UsbIdentity {
  std::uint16_t vendor = 0x1209;  // pid.codes, whose 0001 is for tests
  std::uint16_t product = 0x0001;
  std::string manufacturer = "keyrig";
  std::string product_name = "keyrig Virtual Key";
  std::string serial_number;  // empty: another one for each key
  friend bool operator==(const UsbIdentity&, const UsbIdentity&) = default;
};

/// What a key model is. One JSON file each (schema/profile.schema.json); the ones that come with
/// keyrig are in models/.
struct Profile {
  std::string name;
  std::string description;
  authenticator::AuthenticatorConfig config;
  UsbIdentity usb;
};

/// The names of the profiles that come with keyrig, in order.
std::vector<std::string> BuiltInNames();
/// A built-in profile by its name, else a file by its path ("./mine.json").
Result<Profile, Error> Load(std::string_view name_or_path);
/// `file` is only named in messages, which say line and JSON path.
Result<Profile, Error> Parse(std::string_view file, std::string_view text);
/// The profile as a JSON file that Parse reads back as it is.
std::string Write(const Profile& profile);

/// The profile of a certified model: from a metadata statement, or from a whole metadata BLOB (a
/// JWT, whose signature is not checked) or its payload, of which `aaguid` then names the entry
/// (FIDO Metadata Statement v3, §5 authenticatorGetInfo).
Result<Profile, Error> FromMetadata(std::string_view file, std::string_view text,
                                    std::string_view aaguid);
/// The model's metadata statement, whose attestation root is `attestation_root` (DER; empty for
/// a model without one).
std::string MetadataStatement(const Profile& profile, ByteView attestation_root);

/// Who signs a metadata BLOB: an RSA key and its certificate, which chains to a root that the
/// relying party is told to trust.
struct BlobSigner {
  crypto::PrivateKey key;
  crypto::Certificate certificate;
  std::string next_update;  // "2030-01-01"
};
/// A metadata BLOB with the model's entry alone, as a JWT (FIDO Metadata Service v3, §3.1.7).
std::string MetadataBlob(const Profile& profile, ByteView attestation_root,
                         const BlobSigner& signer, RandomStream& stream);

}  // namespace keyrig::profiles
