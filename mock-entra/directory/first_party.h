#pragma once

#include <array>
#include <string_view>

/// The applications that every tenant has without registering them.
namespace keyrig::directory::first_party {

struct Application {
  std::string_view client_id;
  std::string_view display_name;
  /// One registered redirect URI; "http://localhost" stands for any port of it (RFC 8252 §7.3).
  std::string_view redirect_uri;
  bool is_single_page = false;
};

inline constexpr std::string_view kGraphResource = "https://graph.microsoft.com";
inline constexpr std::string_view kGraphId = "00000003-0000-0000-c000-000000000000";

inline constexpr Application kMySignIns = {"19db86c3-b2b9-44cc-b339-36da233a3be2", "My Signins",
                                           "https://mysignins.microsoft.com", true};
inline constexpr Application kMyProfile = {"8c59ead7-d703-4a27-9e55-c96a0054c8d2", "My Profile",
                                           "https://myprofile.microsoft.com", true};
inline constexpr Application kMyApps = {"2793995e-0a7d-40d7-bd35-6968ba142197", "My Apps",
                                        "https://myapps.microsoft.com", true};
inline constexpr Application kAzureCli = {"04b07795-8ddb-461a-bbee-02f9e1bf7b46",
                                          "Microsoft Azure CLI", "http://localhost"};
inline constexpr Application kGraphCommandLine = {"14d82eec-204b-4c2f-b7e8-296a70dab67e",
                                                  "Microsoft Graph Command Line Tools",
                                                  "http://localhost"};

inline constexpr std::array kAll = {kMySignIns, kMyProfile, kMyApps, kAzureCli, kGraphCommandLine};

}  // namespace keyrig::directory::first_party
