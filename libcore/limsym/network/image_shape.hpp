// Shapes of images on their way through a network: how windows slide.
#pragma once

#include <cstddef>
#include <optional>

#include "limsym/network/network.hpp"

namespace limsym::network {

/// Positions of an image; vectors have one.
struct Extent {
    std::size_t height = 1;
    std::size_t width = 1;

    [[nodiscard]] std::size_t positions() const { return height * width; }
    friend bool operator==(const Extent&, const Extent&) = default;
};

/// Windows along one axis: window k covers places k stride - low ... k stride - low + window - 1.
struct AxisWindows {
    std::size_t count; ///< how many
    std::size_t low;   ///< places before the first one of the image
};
/// SAME and CIRCULAR: count = ceil(size/stride), padded by max((count-1) stride + window - size, 0), the smaller half
/// in front. VALID: windows inside the image only; nothing when none fits.
[[nodiscard]] std::optional<AxisWindows> axis_windows(std::size_t size, std::size_t window, std::size_t stride,
                                                      Padding padding);

/// Does any layer act on positions, or is the input an image?
[[nodiscard]] bool acts_on_images(const Network& network);

} // namespace limsym::network
