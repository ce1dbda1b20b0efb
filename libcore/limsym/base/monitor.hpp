// How long work tells its caller where it is, and learns that it should stop.
#pragma once

#include <functional>
#include <string_view>

#include "limsym/base/error.hpp"

namespace limsym::base {

/// Callbacks of one piece of work; both may be empty. Called from the thread that started the work only.
struct Monitor {
    /// done of total units; `what` names the phase ("Gram matrix", "split").
    std::function<void(double done, double total, std::string_view what)> report;
    /// A sentence for the user that does not stop the work.
    std::function<void(std::string_view sentence)> warn;
    /// True once a stop was asked for.
    std::function<bool()> stop_requested;

    /// Throws Interrupted when a stop was asked for; called at safe points.
    void check() const {
        if (stop_requested && stop_requested()) throw Interrupted();
    }
    void advance(double done, double total, std::string_view what) const {
        if (report) report(done, total, what);
        check();
    }
    void warning(std::string_view sentence) const {
        if (warn) warn(sentence);
    }
};

} // namespace limsym::base
