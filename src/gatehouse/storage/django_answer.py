"""Answers of `serve` as Django responses."""

from http import HTTPStatus

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from gatehouse.storage.serve import Answer


def to_django(answer: Answer) -> HttpResponseBase:
    """Wrap an answer; Django closes its body when the response is done or the client is gone."""
    response: HttpResponseBase
    if answer.status in {HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT} and answer.body != ():
        response = StreamingHttpResponse(answer.body, status=answer.status)
    else:
        response = HttpResponse(status=answer.status)
    del response.headers["Content-Type"]
    for name, value in answer.headers:
        response.headers[name] = value
    return response
