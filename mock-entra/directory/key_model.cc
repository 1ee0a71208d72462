#include <algorithm>
#include <array>
#include <utility>

#include "mock-entra/directory/directory.h"

namespace keyrig::directory {

std::string_view KeyModel(const Aaguid& aaguid) {
  // From the list of attestation-capable models in Microsoft's documentation (facts E2).
  using Model = std::pair<std::string_view, std::string_view>;
  static constexpr std::array kModels = {
      Model{"2fc0579f-8113-47ea-b116-bb5a8db9202a", "YubiKey 5 Series with NFC"},
      Model{"fa2b99dc-9e39-4257-8f92-4a30d23c4118", "YubiKey 5 Series with NFC"},
      Model{"a25342c0-3cdc-4414-8e46-f4807fca511c", "YubiKey 5 Series with NFC"},
      Model{"d7781e5d-e353-46aa-afe2-3ca49f13332a", "YubiKey 5 Series with NFC"},
      Model{"cb69481e-8ff7-4039-93ec-0a2729a154a8", "YubiKey 5 Series"},
      Model{"ee882879-721c-4913-9775-3dfcce97072a", "YubiKey 5 Series"},
      Model{"19083c3d-8383-4b18-bc03-8f1c9ab2fd1b", "YubiKey 5 Series"},
      Model{"c5ef55ff-ad9a-4b9f-b580-adebafe026d0", "YubiKey 5 Series with Lightning"},
      Model{"73bb0cd4-e502-49b8-9c6f-b59445bf720b", "YubiKey 5 FIPS Series"},
      Model{"d8522d9f-575b-4866-88a9-ba99fa02f35b", "YubiKey Bio Series - FIDO Edition"},
      Model{"b92c3f9a-c014-4056-887f-140a2501163b", "Security Key by Yubico"},
      Model{"6d44ba9b-f6ec-2e49-b930-0c8fe920cb73", "Security Key by Yubico with NFC"},
      Model{"a4e9fc6d-4cbe-4758-b8ba-37598bb5bbaa", "Security Key NFC by Yubico"},
      Model{"833b721a-ff5f-4d00-bb2e-bdda3ec01e29", "Feitian ePass FIDO2 Authenticator"},
      Model{"77010bd7-212a-4fc9-b236-d2ca5e9d4084", "Feitian BioPass FIDO2 Authenticator"},
      Model{"42b4fb4a-2866-43b2-9bf7-6c6669c2e5d3", "Google Titan Security Key v2"},
      Model{"7e3f3d30-3557-4442-bdae-139312178b39", "RSA DS100"},
      Model{"2cd2f727-f6ca-44da-8f48-5c2e5da000a2", "Nitrokey 3 AM"},
      Model{"eabb46cc-e241-80bf-ae9e-96fa6d2975cf", "TOKEN2 PIN Plus Security Key Series"},
  };
  const auto found = std::ranges::find(kModels, aaguid.Text(), &Model::first);
  return found == kModels.end() ? std::string_view() : found->second;
}

}  // namespace keyrig::directory
