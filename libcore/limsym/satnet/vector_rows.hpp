// Rows of short vectors, each padded with zeros to whole cache lines.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>

namespace limsym::satnet {

/// Numbers that start at a cache line; zero when made. T = double or float.
template <typename T>
class AlignedArray {
public:
    AlignedArray() = default;
    explicit AlignedArray(std::size_t size) { resize(size); }

    /// Zeros; what was held is lost. Allocates only when it has to grow.
    void resize(std::size_t size) {
        if (size > capacity_) {
            data_.reset(static_cast<T*>(::operator new(size * sizeof(T), alignment)));
            capacity_ = size;
        }
        size_ = size;
        std::fill_n(data_.get(), size_, T{0});
    }
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] T* data() { return data_.get(); }
    [[nodiscard]] const T* data() const { return data_.get(); }
    T& operator[](std::size_t i) { return data_.get()[i]; }
    const T& operator[](std::size_t i) const { return data_.get()[i]; }

private:
    static constexpr std::align_val_t alignment{64};
    struct Release {
        void operator()(T* data) const { ::operator delete(data, alignment); }
    };
    std::unique_ptr<T[], Release> data_;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

/// Numbers from one row to the next for vectors of k numbers: whole cache lines of 64 bytes.
template <typename T>
[[nodiscard]] constexpr std::size_t padded(std::size_t k) {
    constexpr std::size_t line = 64 / sizeof(T);
    return (k + line - 1) / line * line;
}

} // namespace limsym::satnet
