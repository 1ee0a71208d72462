#pragma once

#include <array>
#include <string_view>

/// The real names of the service on this flow: the one source of the certificate, the router, the
/// README and the clients' rules.
namespace keyrig::hosts {

inline constexpr std::string_view kLogin = "login.microsoftonline.com";
inline constexpr std::string_view kWebAuthn = "login.microsoft.com";  // origin of the ceremonies
inline constexpr std::string_view kLoginWindows = "login.windows.net";
inline constexpr std::string_view kSts = "sts.windows.net";
inline constexpr std::string_view kGraph = "graph.microsoft.com";
inline constexpr std::string_view kMyProfile = "myprofile.microsoft.com";
inline constexpr std::string_view kMySignIns = "mysignins.microsoft.com";
inline constexpr std::string_view kSecurityInfoLegacy = "account.activedirectory.windowsazure.com";
inline constexpr std::string_view kAdminCenter = "entra.microsoft.com";
inline constexpr std::string_view kMyApps = "myapps.microsoft.com";
inline constexpr std::string_view kMyApplications = "myapplications.microsoft.com";
inline constexpr std::string_view kDeviceRegistration = "enterpriseregistration.windows.net";

inline constexpr std::array kAll = {
    kLogin,     kWebAuthn,           kLoginWindows, kSts,    kGraph,          kMyProfile,
    kMySignIns, kSecurityInfoLegacy, kAdminCenter,  kMyApps, kMyApplications, kDeviceRegistration,
};

/// Those that the mock service has something on; the others are only kept from the real service.
inline constexpr std::array kServed = {kLogin,     kWebAuthn, kLoginWindows,
                                       kSts,       kGraph,    kMyProfile,
                                       kMySignIns, kMyApps,   kMyApplications};

}  // namespace keyrig::hosts
