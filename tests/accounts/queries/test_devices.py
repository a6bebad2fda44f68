import pytest

from accounts.queries.devices import device


class TestDevice:
    @pytest.mark.parametrize(
        ("user_agent", "words"),
        [
            ("Mozilla/5.0 (Windows NT 10.0; rv:130.0) Gecko/20100101 Firefox/130.0", "Firefox on Windows"),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 Version/17 Safari/605",
                "Safari on a Mac",
            ),
            ("Mozilla/5.0 (Linux; Android 14) AppleWebKit Chrome/128 Mobile Safari/537.36", "Chrome on Android"),
            ("Mozilla/5.0 (Windows NT 10.0) Chrome/128 Safari/537.36 Edg/128", "Edge on Windows"),
            ("curl/8.5.0", "curl"),
            ("A toaster", "A toaster"),
            ("", "Unknown device"),
        ],
    )
    def test_is_said_in_words(self, user_agent, words):
        assert device(user_agent) == words
